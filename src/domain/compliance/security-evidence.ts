/** Evidence of hardening: the probes of the running process. One that could not be made proves nothing. */
import type { Evidence } from './evaluate.ts';

export interface SecurityProbe {
  readonly name: string;
  /** undefined where the probe could not be made. */
  readonly holds: boolean | undefined;
  readonly detail: string;
}

export function securityEvidence(probes: readonly SecurityProbe[], atMs: number): Evidence {
  const broken = probes.filter(({ holds }) => holds === false);
  const unmade = probes.filter(({ holds }) => holds === undefined);
  const held = probes.length - broken.length - unmade.length;
  return {
    measured: probes.length === 0 || unmade.length > 0 ? undefined : held / probes.length,
    atMs,
    samples: probes.length,
    objections: broken.map(({ name, detail }) => `${name}: ${detail}`),
    facts: {
      probes: Object.fromEntries(probes.map(({ name, detail }) => [name, detail])),
      ...(unmade.length > 0 && { reason: `not probed: ${unmade.map(({ name }) => name).join(', ')}` }),
    },
  };
}
