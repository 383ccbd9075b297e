/**
 * History of stored books' risk: values every book at a steady pace, and what callers ask besides.
 * Flow: timer | http/routes -> here -> store risk points -> /var/history with the profit that followed.
 * Units: milliseconds, money in the book's currency.
 */
import type { RiskAnswer } from '#domain/measure/risk-answer.ts';
import type { RiskPoint, RiskPoints } from '#store/ports/risk-points.ts';
import type { Book, PortfolioBooks } from './portfolio-books.ts';
import { explainChange, type RiskChange } from './risk-change.ts';
import type { RiskEngine } from './risk-engine.ts';

export interface HistoryPoint extends RiskPoint {
  /** Change of the book's value over the horizon; absent until it has passed or where the book changed. */
  readonly realisedPnl?: number;
}

export interface HistoryQuestion {
  readonly portfolioId: string;
  readonly confidence: number;
  readonly horizonMs: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly limit: number;
}

export interface PortfolioRecorder {
  /** One round over every book; books that cannot be valued now are left out. */
  record(): Promise<number>;
  history(question: HistoryQuestion): Promise<readonly HistoryPoint[]>;
  /** Why the VaR of the answer's first result is not what it was; undefined where no earlier point is stored. */
  change(book: Book, answer: RiskAnswer, fromMs: number): Promise<RiskChange | undefined>;
  close(): Promise<void>;
}

export interface PortfolioRecorderOptions {
  readonly books: PortfolioBooks;
  readonly points: RiskPoints;
  readonly engine: RiskEngine;
  /** No timer of its own where 0. */
  readonly everyMs: number;
  readonly confidences?: readonly number[];
  readonly horizonsMs?: readonly number[];
}

const DAY = 86_400_000;
const PAGE = 100;
/** A month of points five minutes apart. */
const LONGEST_PATH = 10_000;
/** A realised value may come this much later than the horizon's end, in shares of the horizon. */
const SLACK = 0.5;

export function createPortfolioRecorder(options: PortfolioRecorderOptions): PortfolioRecorder {
  const { books, points, engine, everyMs, confidences = [0.95, 0.99], horizonsMs = [DAY] } = options;
  let round: Promise<number> | undefined;

  async function valued(book: Book): Promise<readonly RiskPoint[]> {
    if (book.positions.length === 0) return [];
    const positions = book.positions.map(({ symbol, quantity }) => ({ symbol, quantity: Number(quantity) }));
    const query = {
      positions,
      confidences,
      horizonsMs,
      credibleMass: 0.9,
      method: 'bayes',
      contributions: false,
    } as const;
    const outcome = await engine.valueAtRisk(query, {});
    return outcome.ok ? pointsOf(book, outcome.value) : [];
  }

  async function recordAll(): Promise<number> {
    let kept = 0;
    let last: Book | undefined;
    do {
      const page: readonly Book[] = await books.list(PAGE, last);
      for (const book of page) {
        const found = await valued(book);
        await points.keep(found);
        kept += found.length;
      }
      last = page.length === PAGE ? page.at(-1) : undefined;
    } while (last !== undefined);
    return kept;
  }

  function record(): Promise<number> {
    round ??= recordAll().finally(() => {
      round = undefined;
    });
    return round;
  }

  const timer = everyMs > 0 ? setInterval(() => void record().catch(() => 0), everyMs) : undefined;
  timer?.unref();

  return {
    record,
    async history(question) {
      const { toMs, horizonMs } = question;
      const found = await points.range(question);
      if (found.length === 0) return [];
      const endMs = toMs + horizonMs * (1 + SLACK);
      const later = await points.range({ ...question, fromMs: found[0]!.atMs, toMs: endMs, limit: 10_000 });
      return found.map((point) => withProfit(point, later));
    },
    async change(book, answer, fromMs) {
      const now = pointsOf(book, answer)[0];
      if (now === undefined) return undefined;
      const { portfolioId, confidence, horizonMs, atMs } = now;
      const question = { portfolioId, confidence, horizonMs, fromMs, toMs: atMs, limit: LONGEST_PATH };
      return explainChange([...(await points.range(question)), now]);
    },
    async close() {
      clearInterval(timer);
      await round?.catch(() => 0);
    },
  };
}

export function pointsOf({ id, rev }: Book, answer: RiskAnswer): readonly RiskPoint[] {
  return answer.results.map((result) => ({
    portfolioId: id,
    atMs: answer.asOfMs,
    rev,
    confidence: result.confidence,
    horizonMs: result.horizonMs,
    value: answer.value,
    var: result.var.estimate,
    es: result.es.estimate,
    modelVersion: answer.model.version,
    lineageId: answer.lineageId,
  }));
}

function withProfit(point: RiskPoint, later: readonly RiskPoint[]): HistoryPoint {
  const due = point.atMs + point.horizonMs;
  const end = later.find(({ atMs }) => atMs >= due);
  const between = later.filter(({ atMs }) => atMs >= point.atMs && atMs <= (end?.atMs ?? 0));
  if (end === undefined || end.atMs > due + point.horizonMs * SLACK) return point;
  if (between.some(({ rev }) => rev !== point.rev)) return point;
  return { ...point, realisedPnl: end.value - point.value };
}
