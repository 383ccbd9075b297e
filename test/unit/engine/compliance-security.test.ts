import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { probeSecurity } from '#engine/compliance-security.ts';
import { tempDir } from '../../support/temp-dir.ts';

const GOOD = {
  Uid: '1000\t1000\t1000\t1000',
  CapInh: '0000000000000000',
  CapPrm: '0000000000000000',
  CapEff: '0000000000000000',
  CapAmb: '0000000000000000',
  NoNewPrivs: '1',
  Seccomp: '2',
};
const OVER = '1 0 0:1 / / rw - ext4 /dev/a rw\n';

async function probe(status: Record<string, string>, root = 'ro', tls: 'listener' | 'none' = 'listener') {
  using dir = tempDir('proc');
  mkdirSync(join(dir.path, 'self'));
  const lines = Object.entries(status).map(([name, value]) => `${name}:\t${value}`);
  writeFileSync(join(dir.path, 'self/status'), `${lines.join('\n')}\n`);
  writeFileSync(
    join(dir.path, 'self/mountinfo'),
    `${OVER}2 1 0:2 / / ${root},relatime - overlay overlay rw\n`,
  );
  const probes = await probeSecurity({
    tls,
    authentication: true,
    uid: 1000,
    procDir: join(dir.path, 'self'),
  });
  return probes.filter(({ holds }) => holds !== true).map(({ name, holds }) => `${name} ${holds}`);
}

describe('probes of the running process', () => {
  it('hold in a hardened pod', async () => {
    expect(await probe(GOOD)).toEqual([]);
  });

  it.each([
    ['uid', { Uid: '0\t0\t0\t0' }],
    ['uid', { Uid: '1000\t0\t1000\t1000' }],
    ['capabilities', { CapEff: '00000000a80425fb' }],
    ['capabilities', { CapPrm: '0000000000000400' }],
    ['seccomp', { Seccomp: '0' }],
    ['no-new-privileges', { NoNewPrivs: '0' }],
  ])('name %s where it is broken: %o', async (name, change) => {
    expect(await probe({ ...GOOD, ...change })).toEqual([`${name} false`]);
  });

  it('name a writable root and plain traffic', async () => {
    expect(await probe(GOOD, 'rw')).toEqual(['read-only-root false']);
    expect(await probe(GOOD, 'ro', 'none')).toEqual(['tls false']);
  });

  it('are unmade, not passed, where the system does not tell', async () => {
    const probes = await probeSecurity({ tls: 'gateway', authentication: true, procDir: '/nowhere' });
    const unmade = probes.filter(({ holds }) => holds === undefined).map(({ name }) => name);
    expect(unmade).toEqual(['uid', 'read-only-root', 'capabilities', 'seccomp', 'no-new-privileges']);
  });

  it('read this very process', async () => {
    const probes = await probeSecurity({ tls: 'none', authentication: true });
    expect(probes.find(({ name }) => name === 'uid')?.holds).toBe(
      process.platform === 'linux' ? process.getuid?.() !== 0 : undefined,
    );
  });
});
