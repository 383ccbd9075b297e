/**
 * How long a valuation may take and who may wait for one: a queue with a limit, a deadline, a caller who may
 * leave, and an end for what is stuck. The work itself is somebody else's.
 * Flow: valuation-pool (value) -> here -> valuation-pool (threads). Units: milliseconds.
 */
import { failure } from '#domain/failure.ts';
import type { ValueReply, ValueTask } from '#worker/protocol.ts';
import { createTurnstile } from './turnstile.ts';

export interface ValuationQueueOptions {
  /** Valuations that may be under way at once. */
  readonly width: number;
  /** Valuations under way or waiting; more are refused. */
  readonly limit: number;
  readonly deadlineMs: number;
  /** From the deadline until what is still under way is ended. */
  readonly stuckMs: number;
  /** Never rejects. `stuck` is aborted when the work is to be ended by force. */
  readonly work: (task: ValueTask, stuck: AbortSignal) => Promise<ValueReply>;
}

export interface ValuationQueue {
  /** Resolves in time, whatever becomes of the work. */
  value(task: ValueTask, signal?: AbortSignal): Promise<ValueReply>;
  /** Valuations under way or waiting. */
  readonly length: number;
}

export function createValuationQueue(options: ValuationQueueOptions): ValuationQueue {
  const { deadlineMs, stuckMs, work } = options;
  const inTurn = createTurnstile(options.width);
  let length = 0;
  return {
    value(task, signal) {
      if (signal?.aborted) return Promise.resolve(failure('timeout', 'the request was cancelled'));
      if (length >= options.limit)
        return Promise.resolve(failure('overloaded', 'too many valuations are waiting'));
      length++;
      const stuck = new AbortController();
      return new Promise((resolve) => {
        let given: ValueReply | undefined;
        const giveUp = (message: string): void => {
          given = failure('timeout', message);
          resolve(given);
        };
        const expire = (): void => {
          giveUp(`no answer within ${deadlineMs} ms`);
          timer = setTimeout(() => stuck.abort(), stuckMs).unref();
        };
        let timer = setTimeout(expire, deadlineMs);
        const cancel = (): void => giveUp('the request was cancelled');
        signal?.addEventListener('abort', cancel, { once: true });
        // Whoever has left by the time of his turn costs no thread any time.
        void inTurn(async () => given ?? work(task, stuck.signal)).then((reply) => {
          length--;
          clearTimeout(timer);
          signal?.removeEventListener('abort', cancel);
          resolve(reply);
        });
      });
    },
    get length() {
      return length;
    },
  };
}
