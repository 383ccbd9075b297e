/**
 * What faults do to REST requests and to new stream connections.
 * Flow: REST server, stream server -> here -> delay, refusal or nothing.
 */
import { type Reply, refuse } from '../rest/reply.ts';
import type { RestObstacle } from '../rest/rest-server.ts';
import type { FaultOf } from './fault.ts';
import type { FaultDesk } from './fault-desk.ts';

const FIRST_RETRY_SECONDS = 1;

export interface RestFaultTally {
  delayed: number;
  refused: number;
  connectionsRefused: number;
}

export class RestFaults {
  readonly tally: RestFaultTally = { delayed: 0, refused: 0, connectionsRefused: 0 };
  readonly #desk: FaultDesk;

  constructor(desk: FaultDesk) {
    this.#desk = desk;
  }

  obstacle(path: string): RestObstacle {
    let delayMs = 0;
    for (const planted of this.#desk.active('slow-rest')) {
      if (planted.fault.path !== undefined && planted.fault.path !== path) continue;
      delayMs += planted.fault.ms;
      this.tally.delayed += 1;
      this.#desk.use(planted);
    }
    for (const planted of this.#desk.active('rest-status')) {
      if (planted.fault.path !== undefined && planted.fault.path !== path) continue;
      this.tally.refused += 1;
      this.#desk.use(planted);
      return { delayMs, reply: statusReply(planted.fault) };
    }
    return { delayMs, reply: undefined };
  }

  /** A status to refuse an upgrade with, or undefined to let it through. */
  refuseUpgrade(): number | undefined {
    for (const planted of this.#desk.active('refuse-connections')) {
      this.tally.connectionsRefused += 1;
      this.#desk.use(planted);
      return planted.fault.status ?? 0;
    }
    return undefined;
  }
}

function statusReply(fault: FaultOf<'rest-status'>): Reply {
  const { status } = fault;
  const seconds = fault.retryAfterSeconds ?? FIRST_RETRY_SECONDS;
  const wait = { 'Retry-After': String(seconds) };
  if (status === 429) return refuse(429, -1003, 'Too much request weight used; please slow down.', wait);
  if (status === 418) {
    const until = Date.now() + seconds * 1000;
    return refuse(418, -1003, `Way too much request weight used; IP banned until ${until}.`, wait);
  }
  if (status === 451)
    return {
      status,
      body: '{"code":0,"msg":"Service unavailable from a restricted location according to the terms."}',
    };
  if (status === 403) return { status, body: '<html><body>Request blocked.</body></html>' };
  if (status === 504) return refuse(504, -1007, 'Timeout waiting for response from backend server.');
  return { status, body: status === 0 ? '' : '<html><body>upstream error</body></html>' };
}
