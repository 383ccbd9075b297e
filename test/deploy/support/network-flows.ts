/**
 * Evaluates NetworkPolicies the way the API defines them: a pod that a policy selects for a direction accepts only
 * what some policy allows in that direction; a flow passes when both ends accept it.
 */
import { type Json, ofKind, selects } from './manifests.ts';

export interface Peer {
  readonly namespace?: string;
  readonly labels?: Record<string, string>;
  /** Outside the cluster. */
  readonly ip?: string;
}

export interface Flow {
  readonly from: Peer;
  readonly to: Peer;
  readonly port: number;
  readonly protocol?: 'TCP' | 'UDP';
}

function ipNumber(ip: string): number {
  return ip.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

export function inBlock(ip: string, cidr: string): boolean {
  const [base, bits] = cidr.split('/') as [string, string];
  const size = 2 ** (32 - Number(bits));
  return Math.floor(ipNumber(ip) / size) === Math.floor(ipNumber(base) / size);
}

function matchesPeer(rule: Json, peer: Peer, home: string): boolean {
  if (rule.ipBlock !== undefined) {
    if (peer.ip === undefined || !inBlock(peer.ip, rule.ipBlock.cidr)) return false;
    return !(rule.ipBlock.except ?? []).some((block: string) => inBlock(peer.ip as string, block));
  }
  if (peer.namespace === undefined) return false;
  const namespaceFits =
    rule.namespaceSelector === undefined
      ? peer.namespace === home
      : selects(rule.namespaceSelector.matchLabels ?? {}, { 'kubernetes.io/metadata.name': peer.namespace });
  return namespaceFits && selects(rule.podSelector?.matchLabels ?? {}, peer.labels);
}

function allows(rules: Json[], side: 'from' | 'to', peer: Peer, flow: Flow, home: string): boolean {
  return rules.some((rule) => {
    const peerFits = rule[side] === undefined || rule[side].some((r: Json) => matchesPeer(r, peer, home));
    const portFits =
      rule.ports === undefined ||
      rule.ports.some(
        (p: Json) => p.port === flow.port && (p.protocol ?? 'TCP') === (flow.protocol ?? 'TCP'),
      );
    return peerFits && portFits;
  });
}

function accepts(end: Peer, other: Peer, flow: Flow, direction: 'Ingress' | 'Egress'): boolean {
  if (end.namespace === undefined) return true;
  const policies = ofKind('NetworkPolicy').filter(
    (m) =>
      m.namespace === end.namespace &&
      m.body.spec.policyTypes.includes(direction) &&
      selects(m.body.spec.podSelector.matchLabels ?? {}, end.labels),
  );
  if (policies.length === 0) return true;
  const [key, side] = direction === 'Ingress' ? (['ingress', 'from'] as const) : (['egress', 'to'] as const);
  return policies.some((m) => allows(m.body.spec[key] ?? [], side, other, flow, m.namespace as string));
}

export function passes(flow: Flow): boolean {
  return accepts(flow.from, flow.to, flow, 'Egress') && accepts(flow.to, flow.from, flow, 'Ingress');
}
