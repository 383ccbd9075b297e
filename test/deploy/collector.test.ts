import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Json, named } from './support/manifests.ts';

const text: string = named('ConfigMap', 'opentelemetry-collector').data['config.yaml'];
const config: Json = parse(text);
const deployment = named('Deployment', 'opentelemetry-collector').spec;
const pipelines: Json[] = Object.values(config.service.pipelines);

const memoryMiB = (quantity: string): number => Number(quantity.replace('Mi', ''));

describe('the collector', () => {
  it('limits memory first and batches last in every pipeline', () => {
    for (const pipeline of pipelines) {
      expect(pipeline.processors[0]).toBe('memory_limiter');
      expect(pipeline.processors.at(-1)).toBe('batch');
    }
  });

  it('uses every component it configures and configures every component it uses', () => {
    for (const section of ['receivers', 'processors', 'exporters']) {
      const used = new Set(pipelines.flatMap((pipeline) => pipeline[section]));
      expect([...used].sort()).toEqual(Object.keys(config[section]).sort());
    }
    expect([...config.service.extensions].sort()).toEqual(Object.keys(config.extensions).sort());
  });

  it('listens on the address of its pod, never on all of them', () => {
    expect(text).not.toMatch(/0\.0\.0\.0|\[::\]/);
    expect(config.receivers.otlp.protocols.http.endpoint).toBe('${env:POD_IP}:4318');
  });

  it('speaks TLS on both sides and verifies the other end', () => {
    expect(config.receivers.otlp.protocols.http.tls.cert_file).toBeDefined();
    expect(config.exporters.otlp.tls.ca_file).toBeDefined();
    expect(text).not.toMatch(/insecure/);
  });

  it('keeps its limits inside the memory of its container', () => {
    const limiter = config.processors.memory_limiter;
    const limit = memoryMiB(deployment.template.spec.containers[0].resources.limits.memory);
    expect(limiter.spike_limit_mib).toBeLessThan(limiter.limit_mib);
    expect(limiter.limit_mib).toBeLessThanOrEqual(limit * 0.8);
    const gomemlimit = deployment.template.spec.containers[0].env.find((e: Json) => e.name === 'GOMEMLIMIT');
    expect(Number(gomemlimit.value.replace('MiB', ''))).toBeCloseTo(limit * 0.8, -1);
  });

  it('survives an outage of the trace store: bounded retry, queue on disk, disk bounded', () => {
    const { retry_on_failure: retry, sending_queue: queue } = config.exporters.otlp;
    expect(retry.enabled && retry.max_elapsed_time !== 0).toBe(true);
    expect(queue.storage).toBe('file_storage');
    expect(config.extensions.file_storage.directory).toBe('/var/lib/otelcol');
    const volumes: Json[] = deployment.template.spec.volumes;
    expect(volumes.find((volume) => volume.name === 'queue').emptyDir.sizeLimit).toBeDefined();
  });

  it('bounds a batch', () => {
    const { send_batch_size: size, send_batch_max_size: most } = config.processors.batch;
    expect(most).toBeGreaterThanOrEqual(size);
  });

  it('removes credentials and bodies before anything leaves', () => {
    const removed = config.processors['attributes/scrub'].actions.map((action: Json) => action.key);
    expect(removed).toEqual(
      expect.arrayContaining(['http.request.header.authorization', 'http.request.body']),
    );
    expect(text).not.toMatch(/api[_-]?key|password|bearer /i);
  });

  it('runs no debugging component', () => {
    const names = [...Object.keys(config.exporters), ...Object.keys(config.extensions)];
    expect(names.filter((name) => /^(debug|logging|pprof|zpages)/.test(name))).toEqual([]);
  });

  it('tells of its own state: health, metrics, logs as JSON', () => {
    expect(config.service.extensions).toContain('health_check');
    expect(config.service.telemetry.metrics.readers[0].pull.exporter.prometheus.port).toBe(8888);
    expect(config.service.telemetry.logs.encoding).toBe('json');
  });

  it('runs twice, without root, capabilities or a writable root', () => {
    expect(deployment.replicas).toBe(2);
    expect(deployment.template.spec.containers[0].securityContext).toMatchObject({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      capabilities: { drop: ['ALL'] },
    });
  });
});
