/**
 * A thousand faults on the running service in a seeded order: it is killed, its database is cut off, the disk
 * of its spool is full during a cut, its sandboxes vanish or their provider fails, while callers go on asking.
 * At the end nothing that was acknowledged is missing but answers whose callers were told so, the chains verify, no sandbox stands at the provider
 * that nobody holds, and the service is ready and whole by itself.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyAudit } from '#engine/audit-verifier.ts';
import { createExchange, type Exchange } from '#exchange/exchange.ts';
import { createRandom } from '#math/random.ts';
import { openStore } from '#store/open-store.ts';
import type { AuditReader, AuditRow } from '#store/ports/audit-entries.ts';
import { type E2bDouble, startE2bDouble } from '../support/e2b-double.ts';
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts';
import { type RunningService, startService } from '../support/running-service.ts';
import { mountSmallDisk, type SmallDisk } from '../support/small-disk.ts';
import { type TcpGate, tcpGate } from '../support/tcp-gate.ts';
import { type TempDir, tempDir } from '../support/temp-dir.ts';

const SEED = 41;
const FAULTS = { kill: 6, disk: 100, sandbox: 40, cut: 854 } as const;
type FaultKind = keyof typeof FAULTS;
const BOOK = { positions: [{ symbol: 'BTCUSDT', quantity: '1' }] };
const SANDBOXES = 3;

const random = createRandom(SEED, 1);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const between = (low: number, high: number) => low + (high - low) * random.uniform();
const oneOf = <T>(items: readonly T[]): T => items[Math.floor(random.uniform() * items.length)] as T;

/** Every fault once, shuffled; kills in the first half, so that what they leave behind is found in time. */
function faultOrder(): readonly FaultKind[] {
  const shuffled = (kinds: FaultKind[]) => {
    for (let i = kinds.length - 1; i > 0; i--) {
      const j = Math.floor(random.uniform() * (i + 1));
      [kinds[i], kinds[j]] = [kinds[j]!, kinds[i]!];
    }
    return kinds;
  };
  const many = (kind: FaultKind, share: number) =>
    Array.from({ length: Math.round(FAULTS[kind] * share) }, () => kind);
  const half = [...many('disk', 0.5), ...many('sandbox', 0.5), ...many('cut', 0.5)];
  return [...shuffled([...half, ...many('kill', 1)]), ...shuffled([...half])];
}

async function rowsOf(reader: AuditReader): Promise<readonly AuditRow[]> {
  const rows: AuditRow[] = [];
  for (const { chain } of await reader.heads())
    for (let from = 0, page: readonly AuditRow[] = []; ; from += page.length) {
      page = await reader.read(chain, from, 1_000);
      rows.push(...page);
      if (page.length === 0) break;
    }
  return rows;
}

describe('a thousand faults on the running service', () => {
  let exchange: Exchange;
  let server: TestPostgres;
  let gate: TcpGate;
  let e2b: E2bDouble;
  let dir: TempDir;
  let disk: SmallDisk | undefined;
  let refused: string | undefined;
  let direct: string;
  let env: Record<string, string>;
  let service: RunningService;
  let vanished = 0;
  /** Requests whose answer said itself that it has no audit entry. */
  const said = new Set<string>();
  const keys = `k1:${randomBytes(32).toString('base64')}`;
  const home = () => join(dir.path, 'home');

  beforeAll(async () => {
    dir = tempDir('service-faults');
    exchange = await createExchange({ symbols: ['BTCUSDT'], tradesPerSecond: 10 });
    server = await startPostgres();
    e2b = await startE2bDouble();
    direct = await server.database();
    const url = new URL(direct);
    gate = await tcpGate(Number(url.port));
    url.port = `${gate.port}`;
    const mounted = mountSmallDisk(home(), 8);
    if ('refused' in mounted) refused = mounted.refused;
    else disk = mounted;
    env = {
      SYMBOLS: 'BTCUSDT',
      BAR_INTERVALS: '1h',
      DRAIN_MS: '0',
      DATABASE_URL: url.href,
      ENCRYPTION_KEYS: keys,
      SANDBOX_PROVIDER: 'e2b',
      SANDBOX_POOL_SIZE: String(SANDBOXES),
      E2B_API_TOKEN: e2b.apiKey,
      E2B_API_URL: e2b.url,
      E2B_SANDBOX_URL: e2b.url,
    };
    service = await startService({ exchange, dataDir: home(), env });
    await service.ready();
  });
  afterAll(async () => {
    service.child.kill('SIGKILL');
    await service.exited;
    disk?.unmount();
    await e2b.close();
    await gate.close();
    await server.close();
    await exchange.close();
    dir[Symbol.dispose]();
  });

  const instanceOf = ({ lines }: RunningService) =>
    /"instanceId":"([^"]+)"/.exec(lines.find((line) => line.includes('"msg":"listening"'))!)![1]!;

  const lostIn = ({ lines }: RunningService) =>
    lines
      .filter((line) => line.includes('answers left without an audit entry'))
      .reduce((sum, line) => sum + (JSON.parse(line) as { count: number }).count, 0);

  /** Killed, and started again with its folder as it was left; half the time while the database is away. */
  async function killAndRestart(): Promise<void> {
    service.child.kill('SIGKILL');
    await service.exited;
    const away = random.uniform() < 0.5;
    if (away) gate.shut();
    service = await startService({ exchange, dataDir: home(), env });
    if (away) gate.open();
    await service.ready();
  }

  async function sandboxFault(): Promise<void> {
    const ids = [...e2b.sandboxes.keys()];
    const kind = oneOf(['vanish', 'vanish', 'create', 'health'] as const);
    if (kind === 'vanish' && ids.length > 0) {
      vanished++;
      await e2b.vanish(oneOf(ids));
    } else if (kind === 'health')
      e2b.fail('health', oneOf([{ kind: 'status', status: 500 }, { kind: 'cut' }]));
    else
      e2b.fail(
        'create',
        oneOf([
          { kind: 'status', status: 503 },
          { kind: 'status', status: 429, retryAfterS: 1 },
          { kind: 'cut' },
        ]),
      );
  }

  const acts: Record<FaultKind, () => Promise<void>> = {
    kill: killAndRestart,
    sandbox: sandboxFault,
    async cut() {
      gate.shut();
      await pause(between(0, 25));
      gate.open();
    },
    /** The spool is all there is during a cut, and there is no room for it. */
    async disk() {
      disk?.fill();
      gate.shut();
      await pause(between(20, 50));
      gate.open();
      disk?.free();
    },
  };

  it(`${Object.values<number>(FAULTS).reduce((sum, count) => sum + count, 0)} of four kinds: nothing acknowledged is lost, chains verify, no orphan sandbox, ready by itself`, async (context) => {
    if (refused !== undefined) context.skip(refused);
    const made: { readonly requestId: string; readonly id: string }[] = [];
    const answered: string[] = [];
    const statuses = new Map<number, number>();
    let over = false;
    let next = 0;
    const caller = async (
      ask: (requestId: string) => Promise<Response>,
      kept: (id: string, body: string) => void,
    ) => {
      while (!over) {
        const requestId = `fault-${next++}`;
        await ask(requestId)
          .then(async (reply) => {
            const body = await reply.text();
            statuses.set(reply.status, (statuses.get(reply.status) ?? 0) + 1);
            if (reply.ok) kept(requestId, body);
          })
          .catch(() => undefined);
        await pause(4);
      }
    };
    const store = (id: string) =>
      service.post('/v1/portfolios', { name: id, ...BOOK }, { 'x-request-id': id });
    const value = (id: string) => service.post('/v1/var', BOOK, { 'x-request-id': id });
    const keepAnswer = (requestId: string, body: string) => {
      answered.push(requestId);
      const { quality } = JSON.parse(body) as { quality: { reasons: string[] } };
      if (quality.reasons.some((reason) => reason.includes('audit entry'))) said.add(requestId);
    };
    const callers = [
      caller(store, (requestId, body) =>
        made.push({ requestId, id: (JSON.parse(body) as { id: string }).id }),
      ),
      caller(value, keepAnswer),
      caller(value, keepAnswer),
    ];
    for (const fault of faultOrder()) {
      await pause(between(1, 30));
      await acts[fault]();
    }
    /** Faults of making a sandbox meet a call only when one is missing. */
    const pending = async () => {
      if (e2b.pendingFaults > 0 && e2b.sandboxes.size >= SANDBOXES)
        await e2b.vanish([...e2b.sandboxes.keys()][0]!);
      return e2b.pendingFaults;
    };
    await expect.poll(pending, { timeout: 120_000, interval: 1_000 }).toBe(0);
    over = true;
    await Promise.all(callers);

    await service.ready();
    interface Health {
      checks: { name: string; status: string; detail?: string }[];
    }
    const checks = async () => {
      const { checks: found } = (await (await service.get('/health')).json()) as Health;
      return Object.fromEntries(found.map(({ name, status }) => [name, status]));
    };
    await expect
      .poll(checks, { timeout: 60_000, interval: 200 })
      .toMatchObject({ store: 'ok', sandboxes: 'ok', models: 'ok', feed: 'ok' });
    const owners = () => [...e2b.sandboxes.values()].map(({ metadata }) => metadata['instanceId']);
    await expect
      .poll(owners, { timeout: 90_000, interval: 500 })
      .toEqual(Array.from({ length: SANDBOXES }, () => instanceOf(service)));
    const counted = async () =>
      Number(
        /^bvar_audit_lost_total\{kind="answer"\} (\d+)$/m.exec(
          await (await service.get('/metrics')).text(),
        )?.[1],
      );
    // Lines are written in blocks, a moment after what they tell.
    const lost = await counted();
    await expect.poll(() => lostIn(service), { timeout: 5_000, interval: 50 }).toBe(lost);

    const kept = await openStore({
      dataDir: join(dir.path, 'reader'),
      postgres: { url: direct },
      encryptionKeys: keys,
    });
    try {
      expect((await verifyAudit(kept.audit)).broken).toBeUndefined();
      const rows = await rowsOf(kept.audit);
      const done = new Set(
        rows.filter(({ outcome }) => outcome === 'ok').map((row) => `${row.action} ${row.correlationId}`),
      );
      expect(made.length).toBeGreaterThan(100);
      expect(made.filter(({ requestId }) => !done.has(`portfolio.create ${requestId}`))).toEqual([]);
      for (const { id } of made) expect(await kept.portfolios.get(id)).toBeDefined();
      expect(answered.length).toBeGreaterThan(100);
      const unaudited = answered.filter((requestId) => !done.has(`var.answered ${requestId}`));
      expect(unaudited.filter((requestId) => !said.has(requestId))).toEqual([]);
      // Each kind did something: cuts and full disks refused changes, and full disks left answers unaudited.
      expect(statuses.get(503) ?? 0).toBeGreaterThan(0);
      expect(said.size).toBeGreaterThan(0);
      expect(vanished).toBeGreaterThan(0);
      expect(e2b.created).toBeGreaterThan(SANDBOXES);
      console.log(
        `${made.length} changes and ${answered.length} answers acknowledged, ${unaudited.length} answers unaudited of ${said.size} that said so (${lost} counted in the last life), ${e2b.created} sandboxes made`,
      );
    } finally {
      await kept.close();
    }
  });
});
