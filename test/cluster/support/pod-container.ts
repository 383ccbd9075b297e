/**
 * A Pod as arguments of `podman run`: image by digest, user, capabilities, limits, settings and volumes of its manifest.
 * What it cannot express it refuses, so that no field is dropped in silence.
 */
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json } from '../../deploy/support/manifests.ts';
import type { Api } from './api.ts';
import { MARKET_HOSTS } from './market.ts';

const amount = (text: string): string => text.replace('Gi', 'g').replace('Mi', 'm');
const cores = (text: string): string =>
  text.endsWith('m') ? String(Number.parseInt(text, 10) / 1000) : text;

function confinement(pod: Json, container: Json): string[] {
  const own = container.securityContext;
  const out = ['--user', `${own.runAsUser}:${own.runAsGroup}`];
  if (own.readOnlyRootFilesystem) out.push('--read-only', '--read-only-tmpfs=false');
  if (own.allowPrivilegeEscalation === false) out.push('--security-opt', 'no-new-privileges');
  for (const name of own.capabilities.drop) out.push('--cap-drop', name);
  if ((own.seccompProfile ?? pod.spec.securityContext.seccompProfile).type !== 'RuntimeDefault')
    throw new Error('only the default seccomp profile');
  const { memory, cpu } = container.resources.limits;
  out.push('--memory', amount(memory), '--cpus', cores(cpu), '--pids-limit', '512');
  return out;
}

async function files(api: Api, pod: Json, volume: Json, dir: string): Promise<string> {
  const { namespace } = pod.metadata;
  const isSecret = volume.secret !== undefined;
  const [kind, name] = isSecret
    ? ['secrets', volume.secret.secretName]
    : ['configmaps', volume.configMap.name];
  const { status, body } = await api.get(`/api/v1/namespaces/${namespace}/${kind}/${name}`);
  if (status !== 200) throw new Error(`${kind}/${name}: ${status}`);
  const folder = join(dir, pod.metadata.uid, volume.name);
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  for (const [file, value] of Object.entries(body.data as Record<string, string>)) {
    const path = join(folder, file);
    writeFileSync(path, isSecret ? Buffer.from(value, 'base64') : value);
    chownSync(path, 0, pod.spec.securityContext.fsGroup);
    chmodSync(path, volume.secret?.defaultMode ?? 0o644);
  }
  return folder;
}

/** Open to everybody, as a kubelet makes it; its size limit is not watched here. */
function emptyFolder(pod: Json, volume: Json, dir: string): string {
  const folder = join(dir, pod.metadata.uid, volume.name);
  mkdirSync(folder, { recursive: true });
  chownSync(folder, 0, pod.spec.securityContext.fsGroup);
  chmodSync(folder, 0o2777);
  return folder;
}

async function volumes(api: Api, pod: Json, container: Json, dir: string): Promise<string[]> {
  const out: string[] = [];
  for (const { name, mountPath } of container.volumeMounts) {
    const volume = pod.spec.volumes.find((one: Json) => one.name === name);
    if (volume.emptyDir !== undefined) out.push('--volume', `${emptyFolder(pod, volume, dir)}:${mountPath}`);
    else out.push('--volume', `${await files(api, pod, volume, dir)}:${mountPath}:ro`);
  }
  return out;
}

async function settings(api: Api, pod: Json, container: Json): Promise<string[]> {
  const all: Record<string, string> = {};
  for (const { configMapRef } of container.envFrom) {
    const path = `/api/v1/namespaces/${pod.metadata.namespace}/configmaps/${configMapRef.name}`;
    Object.assign(all, (await api.get(path)).body.data);
  }
  for (const { name, valueFrom } of container.env) {
    const [, label] = /^metadata\.labels\['(.+)'\]$/.exec(valueFrom.fieldRef.fieldPath) ?? [];
    if (label === undefined) throw new Error(`${name}: only labels as fields`);
    all[name] = pod.metadata.labels[label];
  }
  return Object.entries(all).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
}

export async function podArguments(api: Api, pod: Json, ip: string, dir: string): Promise<string[]> {
  const [container] = pod.spec.containers;
  return [
    ...confinement(pod, container),
    ...(await volumes(api, pod, container, dir)),
    ...(await settings(api, pod, container)),
    ...['--env', `HOST=${ip}`],
    ...MARKET_HOSTS.flatMap((name) => ['--add-host', `${name}:127.0.0.1`]),
    // No registry here: the image of that digest lies in the local store.
    '--pull=never',
    container.image,
  ];
}
