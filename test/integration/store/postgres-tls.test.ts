import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '#store/open-store.ts';
import type { PostgresOptions } from '#store/postgres/open-postgres.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres-server.ts';
import { type TempDir, tempDir } from '../../support/temp-dir.ts';

const KEYS = `k:${Buffer.alloc(32, 1).toString('base64')}`;

describe('PostgreSQL over TLS', () => {
  let dir: TempDir;
  let server: TestPostgres;
  let url: string;
  const path = (name: string) => join(dir.path, name);

  function certificate(name: string): void {
    const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=database'];
    const names = ['-addext', 'subjectAltName=IP:127.0.0.1'];
    const files = ['-keyout', path(`${name}.key`), '-out', path(`${name}.crt`)];
    execFileSync('openssl', [...request, ...names, ...files], { stdio: 'pipe' });
  }

  const open = async (postgres: PostgresOptions) =>
    openStore({ dataDir: dir.path, encryptionKeys: KEYS, postgres });

  beforeAll(async () => {
    dir = tempDir('pg-tls');
    certificate('server');
    certificate('stranger');
    server = await startPostgres({ cert: path('server.crt'), key: path('server.key') });
    url = await server.database();
  });
  afterAll(async () => {
    await server.close();
    dir[Symbol.dispose]();
  });

  it('is trusted by the authority that was given, whatever the URL says of checking', async () => {
    const store = await open({ url, tls: { ca: readFileSync(path('server.crt'), 'utf8') } });
    expect(await store.ping()).toBe(true);
    await store.close();
    const stranger = { ca: readFileSync(path('stranger.crt'), 'utf8') };
    await expect(open({ url, tls: stranger })).rejects.toThrow(
      /^DATABASE_URL leads to a server whose certificate is not trusted/,
    );
  });

  it('lets nobody in without encryption', async () => {
    const plain = url.replace('sslmode=no-verify', 'sslmode=disable');
    await expect(open({ url: plain })).rejects.toThrow();
  });
});
