/**
 * The kubectl calls that the scripts make, answered from the stand-in cluster. Whatever else is asked is an error: a
 * script that starts to use a new call must be given it here, and in the deployer's role.
 */
import { documentsOf, type Json } from '../support/manifests.ts';
import { rightsOf } from '../support/role.ts';
import type { Cluster } from './cluster.ts';
import { COLORS, type Color } from './gateway.ts';
import { jsonPatch, mergePatch } from './json-patch.ts';

const KINDS: Record<string, string> = {
  deployment: 'Deployment',
  httproute: 'HTTPRoute',
  service: 'Service',
  lease: 'Lease',
  secret: 'Secret',
  configmap: 'ConfigMap',
  horizontalpodautoscaler: 'HorizontalPodAutoscaler',
};

export interface Answer {
  readonly code: number;
  readonly text: string;
}

const ok = (text: string): Answer => ({ code: 0, text });
const refused = (text: string): Answer => ({ code: 1, text: `Error from server: ${text}\n` });

interface Call {
  readonly verb: string;
  readonly words: readonly string[];
  readonly flags: Readonly<Record<string, string>>;
}

/** `--flag value` and `--flag=value`; everything else is a word. */
function parse(argv: readonly string[]): Call {
  const words: string[] = [];
  const flags: Record<string, string> = {};
  for (let i = 0; i < argv.length; i++) {
    const arg = argv[i] as string;
    const [, name, value] = /^--([a-z-]+)(?:=(.*))?$/s.exec(arg) ?? [];
    if (name === undefined) words.push(arg);
    else flags[name] = value ?? (argv[++i] as string);
  }
  return { verb: words[0] ?? '', words: words.slice(1), flags };
}

function read(cluster: Cluster, { words, flags }: Call): Answer {
  const [resource, name] = words as [string, string | undefined];
  if (resource === 'pods') {
    const color = /color=(\w+)/.exec(flags['selector'] ?? '')?.[1] as Color;
    const pods = cluster.pods
      .slots()
      [color].map(() => ({ status: { containerStatuses: [{ restartCount: 0 }] } }));
    return ok(JSON.stringify({ items: pods }));
  }
  if (resource === 'resourcequota') return ok('{"items":[]}');
  const kind = KINDS[resource];
  if (kind === undefined || name === undefined)
    return refused(`the stand-in does not know "get ${words.join(' ')}"`);
  if (!cluster.has(kind, name)) return refused(`(NotFound): ${resource} "${name}" not found`);
  const color = COLORS.find((c) => name === `bayesian-var-${c}`);
  const body =
    kind === 'Deployment' && color !== undefined ? cluster.deployment(color) : cluster.get(kind, name);
  return ok(flags['output'] === 'name' ? `${resource}/${name}` : JSON.stringify(body));
}

function patch(cluster: Cluster, { words, flags }: Call): Answer {
  const [resource, name] = words as [string, string];
  const kind = KINDS[resource] as string;
  const before = cluster.get(kind, name);
  const change: Json = JSON.parse(flags['patch'] as string);
  cluster.put(kind, name, flags['type'] === 'json' ? jsonPatch(before, change) : mergePatch(before, change));
  return ok(`${resource}/${name} patched`);
}

/** Compare-and-swap by resourceVersion, as the API server does it. */
function replace(cluster: Cluster, body: Json): Answer {
  const before = cluster.get(body.kind, body.metadata.name);
  if (body.metadata.resourceVersion !== before.metadata.resourceVersion)
    return refused('(Conflict): the object has been modified');
  cluster.put(body.kind, body.metadata.name, body);
  return ok('replaced');
}

function create(cluster: Cluster, { flags }: Call, stdin: string): Answer {
  if (flags['dry-run'] === 'client')
    return ok(
      documentsOf(flags['filename'] as string)
        .map((document) => JSON.stringify(document))
        .join('\n'),
    );
  const body: Json = JSON.parse(stdin);
  if (cluster.has(body.kind, body.metadata.name)) return refused('(AlreadyExists)');
  cluster.put(body.kind, body.metadata.name, body);
  return ok('created');
}

function scale(cluster: Cluster, { words, flags }: Call): Answer {
  const name = words[1] as string;
  const body = structuredClone(cluster.get('Deployment', name));
  body.spec.replicas = Number(flags['replicas']);
  cluster.put('Deployment', name, body);
  return ok('scaled');
}

function apply(cluster: Cluster, stdin: string): Answer {
  const body: Json = JSON.parse(stdin);
  cluster.put(body.kind, body.metadata.name, body);
  return ok('configured');
}

/** Notes the rights that a cluster would have asked for. */
function note(cluster: Cluster, { verb, words, flags }: Call, stdin: string): void {
  if (verb === 'auth' || flags['dry-run'] === 'client') return;
  const body: Json = flags['filename'] === '-' ? JSON.parse(stdin) : undefined;
  const resource: string = body?.kind ?? words[0];
  for (const right of rightsOf(verb, resource, body?.metadata.name ?? words[1]))
    cluster.needed.set(JSON.stringify(right), right);
}

export function kubectl(cluster: Cluster, argv: readonly string[], stdin: string): Answer {
  const call = parse(argv);
  const isWrite =
    ['patch', 'scale', 'replace', 'apply'].includes(call.verb) ||
    (call.verb === 'create' && !('dry-run' in call.flags));
  if (isWrite) cluster.writes.push([call.verb, ...call.words].join(' '));
  note(cluster, call, stdin);
  try {
    if (call.verb === 'get') return read(cluster, call);
    if (call.verb === 'patch') return patch(cluster, call);
    if (call.verb === 'scale') return scale(cluster, call);
    if (call.verb === 'replace') return replace(cluster, JSON.parse(stdin));
    if (call.verb === 'create') return create(cluster, call, stdin);
    if (call.verb === 'apply') return apply(cluster, stdin);
    if (call.verb === 'auth') return ok('yes');
    return refused(`the stand-in does not know "${argv.join(' ')}"`);
  } catch (error) {
    return refused((error as Error).message);
  }
}
