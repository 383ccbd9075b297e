/**
 * The admin side: what market this is, what it counted, faults, regime. Free of weight and of faults itself.
 *   GET    /exchange/provenance   {"provenance":"synthetic"}
 *   GET    /exchange/state        counters of streams, REST and faults
 *   GET    /exchange/faults       faults in force
 *   POST   /exchange/faults       plants one fault
 *   DELETE /exchange/faults       lifts all
 *   POST   /exchange/regime       {"volatilityScale":3}
 *   GET    /exchange/law          ?symbol=BTCUSDT&openTime=<ms>&probability=0.01 -> {"quantile":-0.012}
 */
import type { IncomingMessage } from 'node:http';
import { ok, type Reply, refuse } from '../rest/reply.ts';
import { type Fault, parseFault } from './fault.ts';
import type { FaultDesk, PlantedFault } from './fault-desk.ts';

const MAX_BODY_BYTES = 64 * 1024;
const BAD_REQUEST = -1100;

export interface AdminHost {
  readonly desk: FaultDesk;
  provenance(): string;
  state(): unknown;
  /** False where the market's law cannot be changed (a replay). */
  setRegime(volatilityScale: number): boolean;
  trueQuantile(symbol: string, openMs: number, probability: number): number | undefined;
}

/** Undefined where the path is not an admin path. */
export async function answerAdmin(
  host: AdminHost,
  request: IncomingMessage,
  path: string,
  query: string,
): Promise<Reply | undefined> {
  if (!path.startsWith('/exchange/')) return undefined;
  switch (`${request.method} ${path}`) {
    case 'GET /exchange/provenance':
      return ok(JSON.stringify({ provenance: host.provenance() }));
    case 'GET /exchange/state':
      return ok(JSON.stringify(host.state()));
    case 'GET /exchange/faults':
      return ok(JSON.stringify(host.desk.planted.map(describe)));
    case 'POST /exchange/faults':
      return plant(host, await readJson(request));
    case 'DELETE /exchange/faults':
      host.desk.clear();
      return ok('[]');
    case 'POST /exchange/regime':
      return regime(host, await readJson(request));
    case 'GET /exchange/law':
      return quantile(host, new URLSearchParams(query));
    default:
      return refuse(404, BAD_REQUEST, `no admin call ${request.method} ${path}`);
  }
}

function plant(host: AdminHost, body: unknown): Reply {
  const fault: Fault | string = parseFault(body);
  if (typeof fault === 'string') return refuse(400, BAD_REQUEST, fault);
  if (fault.kind === 'freeze-symbol' && host.provenance() === 'replay')
    return refuse(409, BAD_REQUEST, 'a replayed market cannot be frozen');
  return ok(JSON.stringify(describe(host.desk.plant(fault))));
}

function regime(host: AdminHost, body: unknown): Reply {
  const scale = (body as { volatilityScale?: unknown } | undefined)?.volatilityScale;
  if (typeof scale !== 'number' || !(scale > 0) || scale > 100)
    return refuse(400, BAD_REQUEST, 'volatilityScale must be a number in (0, 100]');
  if (!host.setRegime(scale)) return refuse(409, BAD_REQUEST, 'a replayed market has no regime to set');
  return ok(JSON.stringify({ volatilityScale: scale }));
}

function quantile(host: AdminHost, params: URLSearchParams): Reply {
  const probability = Number(params.get('probability'));
  if (!(probability > 0 && probability < 1))
    return refuse(400, BAD_REQUEST, 'probability must lie between 0 and 1');
  const openMs = Number(params.get('openTime'));
  const value = host.trueQuantile(params.get('symbol') ?? '', openMs, probability);
  if (value === undefined) return refuse(404, BAD_REQUEST, 'no known law for that symbol and time');
  return ok(JSON.stringify({ quantile: value }));
}

function describe(planted: PlantedFault) {
  const { id, fault, left } = planted;
  return Number.isFinite(left) ? { id, ...fault, left } : { id, ...fault };
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    return undefined;
  }
}
