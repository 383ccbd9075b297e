/**
 * Answers to equal questions, kept while the model and the last bar stand and for a moment only, because an
 * answer also tells the age of its data. Callers that ask at the same time wait for one calculation.
 * Flow:   routes/var -> here -> valuation once -> JSON text reused
 * Shapes: key is the request target; the entity tag names revision, options, quality and verdict.
 */
import { createHash } from 'node:crypto';
import type { VarAnswer } from './schemas/risk.ts';

export interface CachedAnswer {
  /** Weak: the text also carries the id of the request and the age of the data. */
  readonly etag: string;
  readonly body: (requestId: string) => string;
}

export interface AnswerCache {
  get(key: string, revision: string, compute: () => Promise<VarAnswer>): Promise<CachedAnswer>;
}

interface Entry {
  readonly revision: string;
  readonly untilMs: number;
  readonly answer: Promise<CachedAnswer>;
}

export interface AnswerCacheOptions {
  readonly maxAgeMs: number;
  readonly maxEntries?: number;
  readonly now?: () => number;
}

export function createAnswerCache(options: AnswerCacheOptions): AnswerCache {
  const { maxAgeMs, maxEntries = 1_000, now = () => performance.now() } = options;
  const entries = new Map<string, Entry>();

  return {
    get(key, revision, compute) {
      const known = entries.get(key);
      const timeMs = now();
      if (known !== undefined && known.revision === revision && known.untilMs > timeMs) return known.answer;
      const answer = compute().then((value) => toCached(value, key, revision));
      entries.delete(key);
      if (entries.size >= maxEntries) entries.delete(entries.keys().next().value as string);
      const entry = { revision, untilMs: timeMs + maxAgeMs, answer };
      entries.set(key, entry);
      // A failure is not an answer: the next caller tries again.
      answer.catch(() => {
        if (entries.get(key) === entry) entries.delete(key);
      });
      return answer;
    },
  };
}

function toCached(answer: VarAnswer, key: string, revision: string): CachedAnswer {
  const { requestId: _, ...rest } = answer;
  const tail = JSON.stringify(rest).slice(1);
  const { status, gaps, excluded, reasons } = answer.quality;
  const verdict = answer.compliance?.verdict;
  const identity = JSON.stringify([
    key,
    revision,
    answer.lineageId,
    status,
    gaps.length,
    excluded.length,
    reasons,
    verdict,
  ]);
  const etag = `W/"${createHash('sha256').update(identity).digest('base64url').slice(0, 22)}"`;
  return { etag, body: (requestId) => `{"requestId":${JSON.stringify(requestId)},${tail}` };
}
