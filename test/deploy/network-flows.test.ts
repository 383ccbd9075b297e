import { describe, expect, it } from 'vitest';
import { ofKind } from './support/manifests.ts';
import { inBlock, type Peer, passes } from './support/network-flows.ts';

const pod = (namespace: string, labels: Record<string, string>): Peer => ({ namespace, labels });
const app = pod('production', { app: 'bayesian-var', color: 'green' });
const gateway = pod('gateway-system', { app: 'gateway' });
const prometheus = pod('monitoring', { 'app.kubernetes.io/name': 'prometheus' });
const probe = pod('monitoring', { 'app.kubernetes.io/name': 'blackbox-exporter' });
const grafana = pod('monitoring', { 'app.kubernetes.io/name': 'grafana' });
const collector = pod('monitoring', { app: 'opentelemetry-collector' });
const loadtest = pod('production', { app: 'bayesian-var-loadtest' });
const stranger = pod('production', { app: 'stranger' });
const foreigner = pod('default', { app: 'bayesian-var' });
const dns = pod('kube-system', { 'k8s-app': 'kube-dns' });
const postgres = pod('database', { app: 'postgres' });
const binance: Peer = { ip: '52.84.150.39' };
const neighbour: Peer = { ip: '10.3.0.7' };
const metadata: Peer = { ip: '169.254.169.254' };

describe('the flow matrix', () => {
  it.each([
    ['gateway to the service', gateway, app, 8080],
    ['prometheus to the metrics', prometheus, app, 9090],
    ['the outside probe to health', probe, app, 8080],
    ['the load test to the service', loadtest, app, 8080],
    ['the service to the collector', app, collector, 4318],
    ['the service to its database', app, postgres, 5432],
    ['the service to Binance', app, binance, 443],
    ['the service to Binance streams', app, binance, 9443],
    ['the service to name look-up', app, dns, 53],
    ['the load test to name look-up', loadtest, dns, 53],
  ])('lets %s', (_, from, to, port) => {
    expect(passes({ from, to, port })).toBe(true);
  });

  it.each([
    ['a stranger of the namespace to the service', stranger, app, 8080],
    ['a namesake from another namespace', foreigner, app, 8080],
    ['the gateway to the metrics', gateway, app, 9090],
    ['prometheus to the API', prometheus, app, 8080],
    ['grafana to the metrics', grafana, app, 9090],
    ['pod to pod', app, app, 8080],
    ['the service to private addresses', app, neighbour, 443],
    ['the service to the cloud metadata address', app, metadata, 443],
    ['the service to plain HTTP outside', app, binance, 80],
    ['the service to another port of the database', app, postgres, 22],
    ['the load test to the internet', loadtest, binance, 443],
    ['a stranger to anywhere', stranger, binance, 443],
    ['the internet to the service', binance, app, 8080],
  ])('stops %s', (_, from, to, port) => {
    expect(passes({ from, to, port })).toBe(false);
  });

  it('looks names up by UDP as well', () => {
    expect(passes({ from: app, to: dns, port: 53, protocol: 'UDP' })).toBe(true);
    expect(passes({ from: app, to: postgres, port: 5432, protocol: 'UDP' })).toBe(false);
  });
});

describe('network policies', () => {
  it('begin by denying everything in both directions', () => {
    const deny = ofKind('NetworkPolicy').find(
      (m) => m.name === 'default-deny' && m.namespace === 'production',
    );
    expect(deny?.body.spec).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
  });

  it('are read by an evaluator that knows address blocks', () => {
    expect(inBlock('172.31.0.1', '172.16.0.0/12')).toBe(true);
    expect(inBlock('172.32.0.1', '172.16.0.0/12')).toBe(false);
    expect(inBlock('8.8.8.8', '0.0.0.0/0')).toBe(true);
  });
});
