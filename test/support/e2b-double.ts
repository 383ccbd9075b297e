/**
 * A server that speaks E2B's wire on loopback (control plane, file transfer and process RPC), so that the
 * real SDK can be driven through every fault. Commands really run: each sandbox is a temporary folder that
 * stands for /home/user.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type E2bRoute, envelope, json, readBody, routeOf } from './e2b-wire.ts';

export type E2bFault =
  | { readonly kind: 'status'; readonly status: number; readonly retryAfterS?: number }
  | { readonly kind: 'cut' }
  | { readonly kind: 'hang' }
  /** The sandbox ends in the middle of the command: 502 from then on. */
  | { readonly kind: 'vanish' }
  /** What the trainer wrote is replaced before it is read. */
  | { readonly kind: 'result'; readonly body: Uint8Array };

interface DoubleSandbox {
  readonly id: string;
  readonly token: string;
  readonly home: string;
  readonly metadata: Record<string, string>;
  readonly startedAt: Date;
  readonly children: Set<ChildProcess>;
  endAt: Date;
}

export interface E2bDouble {
  readonly url: string;
  readonly apiKey: string;
  readonly sandboxes: ReadonlyMap<string, DoubleSandbox>;
  readonly created: number;
  /** Faults that were planted and have not met a call yet. */
  readonly pendingFaults: number;
  /** Queues a fault for the next call of this route. */
  fail(route: E2bRoute, fault: E2bFault): void;
  /** A sandbox dies as if its host did. */
  vanish(id: string): Promise<void>;
  close(): Promise<void>;
}

const HOME = '/home/user';

/** `chance` is asked for each call that meets no planted fault. */
export async function startE2bDouble(
  chance: (route: E2bRoute) => E2bFault | undefined = () => undefined,
): Promise<E2bDouble> {
  const apiKey = 'e2b_0000000000000000000000000000000000000000';
  const sandboxes = new Map<string, DoubleSandbox>();
  const faults = new Map<E2bRoute, E2bFault[]>();
  let created = 0;

  async function vanish(id: string): Promise<void> {
    const sandbox = sandboxes.get(id);
    sandboxes.delete(id);
    for (const child of sandbox?.children ?? []) child.kill('SIGKILL');
    if (sandbox !== undefined) await rm(sandbox.home, { recursive: true, force: true });
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://loopback');
    const body = await readBody(request);
    const route = routeOf(
      request.method ?? 'GET',
      url.pathname,
      request.headers['e2b-sandbox-id'] !== undefined,
    );
    const fault = route === undefined ? undefined : (faults.get(route)?.shift() ?? chance(route));
    const sandboxId = String(request.headers['e2b-sandbox-id'] ?? '');
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'cut') return void request.socket.destroy();
    if (fault?.kind === 'status') {
      if (fault.retryAfterS !== undefined) response.setHeader('retry-after', String(fault.retryAfterS));
      return json(response, fault.status, { code: fault.status, message: `planted ${fault.status}` });
    }
    if (request.headers['e2b-sandbox-id'] === undefined) {
      if (request.headers['x-api-key'] !== apiKey)
        return json(response, 401, { code: 401, message: 'no such key' });
      return control(route, url, body, response);
    }
    const sandbox = sandboxes.get(sandboxId);
    if (sandbox === undefined)
      return json(response, 502, { sandboxId, message: 'The sandbox was not found', code: 502 });
    if (route !== 'health' && request.headers['x-access-token'] !== sandbox.token)
      return json(response, 401, { code: 401, message: 'bad token' });
    return daemon(route, url, body, request, response, sandbox, fault);
  }

  async function control(
    route: E2bRoute | undefined,
    url: URL,
    body: Buffer,
    response: ServerResponse,
  ): Promise<void> {
    const id = url.pathname.split('/').find((part) => sandboxes.has(part)) ?? '';
    const sandbox = sandboxes.get(id);
    if (route === 'create') {
      const { metadata = {}, timeout = 300 } = JSON.parse(body.toString('utf8')) as {
        metadata?: Record<string, string>;
        timeout?: number;
      };
      const fresh: DoubleSandbox = {
        id: randomUUID().replaceAll('-', '').slice(0, 20),
        token: randomUUID(),
        home: await mkdtemp(join(tmpdir(), 'e2b-double-')),
        metadata,
        startedAt: new Date(),
        endAt: new Date(Date.now() + timeout * 1000),
        children: new Set(),
      };
      sandboxes.set(fresh.id, fresh);
      created++;
      return json(response, 201, {
        templateID: 'base',
        sandboxID: fresh.id,
        clientID: 'double',
        envdVersion: '0.6.13',
        envdAccessToken: fresh.token,
      });
    }
    if (route === 'list') {
      const wanted = new URLSearchParams(url.searchParams.get('metadata') ?? '');
      const matching = [...sandboxes.values()].filter((entry) =>
        [...wanted].every(
          ([key, value]) => entry.metadata[decodeURIComponent(key)] === decodeURIComponent(value),
        ),
      );
      return json(response, 200, matching.map(describe));
    }
    if (sandbox === undefined) return json(response, 404, { code: 404, message: 'sandbox not found' });
    if (route === 'info') return json(response, 200, describe(sandbox));
    if (route === 'kill') {
      await vanish(sandbox.id);
      return void response.writeHead(204).end();
    }
    if (route === 'timeout') {
      const { timeout } = JSON.parse(body.toString('utf8')) as { timeout: number };
      sandbox.endAt = new Date(Date.now() + timeout * 1000);
      return void response.writeHead(204).end();
    }
    return json(response, 404, { code: 404, message: 'no such route' });
  }

  async function daemon(
    route: E2bRoute | undefined,
    url: URL,
    body: Buffer,
    request: IncomingMessage,
    response: ServerResponse,
    sandbox: DoubleSandbox,
    fault: E2bFault | undefined,
  ): Promise<void> {
    const local = (path: string) => join(sandbox.home, normalize(path.replace(HOME, '/')));
    switch (route) {
      case 'health':
        return void response.writeHead(204).end();
      case 'write': {
        const path = url.searchParams.get('path') ?? '';
        const bytes = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
        await mkdir(dirname(local(path)), { recursive: true });
        await writeFile(local(path), bytes);
        return json(response, 200, [{ name: path.split('/').at(-1), path, type: 'file' }]);
      }
      case 'read': {
        const bytes = await readFile(local(url.searchParams.get('path') ?? '')).catch(() => undefined);
        if (bytes === undefined) return json(response, 404, { code: 404, message: 'no such file' });
        return void response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(bytes);
      }
      case 'stat': {
        const { path } = JSON.parse(body.toString('utf8')) as { path: string };
        if (url.pathname.endsWith('/Remove')) {
          await rm(local(path), { recursive: true, force: true });
          return json(response, 200, {});
        }
        const info = await stat(local(path)).catch(() => undefined);
        if (info === undefined) return json(response, 404, { code: 'not_found', message: 'no such file' });
        const entry = {
          name: path.split('/').at(-1),
          type: 'FILE_TYPE_FILE',
          path,
          size: String(info.size),
          mode: 420,
        };
        return json(response, 200, {
          entry: { ...entry, permissions: '-rw-r--r--', owner: 'user', group: 'user' },
        });
      }
      case 'start':
        return start(body, response, sandbox, fault);
      default:
        return json(response, 404, { code: 404, message: 'no such route' });
    }
  }

  function start(
    body: Buffer,
    response: ServerResponse,
    sandbox: DoubleSandbox,
    fault: E2bFault | undefined,
  ): void {
    const { process: wanted } = JSON.parse(body.subarray(5).toString('utf8')) as {
      process: { cmd: string; args: string[] };
    };
    const args = wanted.args.map((argument) => argument.replaceAll(HOME, sandbox.home));
    const result = args.at(-1)?.split(' ').at(-1);
    const child = spawn(wanted.cmd, args, { cwd: sandbox.home, stdio: ['ignore', 'pipe', 'pipe'] });
    sandbox.children.add(child);
    response.writeHead(200, { 'content-type': 'application/connect+json' });
    const send = (event: object) => response.write(envelope(0, { event }));
    send({ start: { pid: child.pid } });
    if (fault?.kind === 'vanish') {
      void vanish(sandbox.id).then(() => response.destroy());
      return;
    }
    child.stdout.on('data', (chunk: Buffer) => send({ data: { stdout: chunk.toString('base64') } }));
    child.stderr.on('data', (chunk: Buffer) => send({ data: { stderr: chunk.toString('base64') } }));
    response.on('close', () => child.kill('SIGKILL'));
    child.once('close', async (code) => {
      sandbox.children.delete(child);
      // A probe names no file of the sandbox.
      if (fault?.kind === 'result' && result?.startsWith(sandbox.home)) await writeFile(result, fault.body);
      const exitCode = code ?? -1;
      send({ end: { exitCode, exited: code !== null, status: `exit status ${exitCode}` } });
      response.end(envelope(2, {}));
    });
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) =>
      json(response, 500, { code: 500, message: String(error) }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    apiKey,
    sandboxes,
    get created() {
      return created;
    },
    get pendingFaults() {
      return [...faults.values()].reduce((sum, planted) => sum + planted.length, 0);
    },
    fail(route, fault) {
      faults.set(route, [...(faults.get(route) ?? []), fault]);
    },
    vanish,
    async close() {
      await Promise.all([...sandboxes.keys()].map(vanish));
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function describe(sandbox: DoubleSandbox): object {
  return {
    sandboxID: sandbox.id,
    templateID: 'base',
    clientID: 'double',
    startedAt: sandbox.startedAt.toISOString(),
    endAt: sandbox.endAt.toISOString(),
    state: 'running',
    cpuCount: 2,
    memoryMB: 512,
    diskSizeMB: 1024,
    envdVersion: '0.6.13',
    metadata: sandbox.metadata,
  };
}
