/**
 * Keeps what answers were computed from, so that each audited one can be computed again. Bars, bases and
 * epochs are written here, and are durable before a record that stands on them is handed out; the record itself
 * goes into the write of the audit entry that names the answer. What cannot be written is counted and dropped.
 *
 * Flow: valuation cycle (bars, epochs, answers) -> here -> store/lineage-inputs, audit-answers.
 */
import type { Bar } from '#domain/market/bar.ts';
import type { RiskAnswer } from '#domain/measure/risk-answer.ts';
import type { LineageInputs, ModelBase, PublishedEpoch, SeenBar } from '#store/ports/lineage-inputs.ts';
import type { LineageRecord } from '#store/ports/lineages.ts';
import type { UsedEpoch, ValueTask } from '#worker/protocol.ts';
import type { LineageSource } from './audit-answers.ts';
import { writeLineage } from './lineage-payload.ts';
import { baseId, type EpochRecipe, RECIPE_SCHEMA, recipeId, writeBars } from './lineage-record.ts';
import type { ModelMachine, ModelSlot } from './model-machine.ts';
import type { PublishedModels } from './published-models.ts';
import type { ValuationPlanOptions } from './valuation-plan.ts';

export interface LineageKeeperOptions {
  readonly inputs: LineageInputs;
  readonly instance: string;
  readonly plan: ValuationPlanOptions;
  readonly machine: Pick<ModelMachine, 'slots' | 'running'> & Pick<PublishedModels, 'head' | 'takenBars'>;
  readonly now: () => number;
  readonly onLost: (records: number, error: Error) => void;
  readonly flushMs?: number;
  /** Answers between their computation and their audit entry. */
  readonly maxPending?: number;
}

/** Epochs of one interval that an answer may still be read from. */
const EPOCHS_KEPT = 16;
/** All that is held: a stressed answer looks back on it. */
const BASE_BARS = Infinity;
const WRITTEN_MAX = 8_192;
/** How long a kept epoch is taken for there; after that it is written again, should it have been aged out. */
const EPOCH_KNOWN_MS = 60_000;

interface Answered {
  readonly answer: RiskAnswer;
  readonly task: ValueTask;
  readonly epochs: readonly UsedEpoch[];
}

export class LineageKeeper implements LineageSource {
  readonly #options: Required<LineageKeeperOptions>;
  readonly #slots: ReadonlyMap<string, ModelSlot>;
  readonly #bases = new Map<string, { fit: string; id: string }>();
  /** Recipe by interval and epoch. */
  readonly #epochs = new Map<number, Map<number, PublishedEpoch>>();
  readonly #pending = new Map<string, Answered>();
  readonly #written = new Set<string>();
  /** When each recipe was last kept, by its id. */
  readonly #keptEpochs = new Map<string, number>();
  #bars: SeenBar[] = [];
  #newBases: ModelBase[] = [];
  /** Epochs on their way into the store, by recipe id. */
  readonly #keeping = new Map<string, Promise<void>>();
  /** The write that will take what comes now. */
  #next: Promise<void> | undefined;
  #work: Promise<void> = Promise.resolve();
  /** Writes of bars and bases that are not over. */
  #open = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LineageKeeperOptions) {
    this.#options = { flushMs: 500, maxPending: 4_096, ...options };
    this.#slots = new Map(
      options.machine.slots.map((slot) => [`${slot.symbol}:${slot.intervalMs}`, slot] as const),
    );
  }

  /** A closed bar on its way to the posteriors. */
  bar(symbolIndex: number, bar: Bar): void {
    const { plan, instance } = this.#options;
    if (!plan.intervalsMs.includes(bar.intervalMs)) return;
    this.#bars.push({ ...bar, instance, symbol: plan.symbols[symbolIndex]! });
    this.#soon();
  }

  /** A new epoch is published; called before another one can be. */
  published(intervalMs: number): void {
    const { instance, plan, machine, now } = this.#options;
    const head = machine.head(intervalMs);
    if (head === undefined) return;
    const { epoch } = head;
    const symbols = head.symbols.map((stands, symbolIndex) => {
      const slot = this.#slots.get(`${plan.symbols[symbolIndex]}:${intervalMs}`);
      if (stands === undefined || slot === undefined) return null;
      const { fitHash, lastOpenTimeMs } = stands;
      const base = this.#baseOf(slot, fitHash, lastOpenTimeMs);
      return base === undefined ? null : { base, fit: fitHash, lastOpenTimeMs };
    });
    const recipe: EpochRecipe = { schema: RECIPE_SCHEMA, instance, plan, intervalMs, symbols };
    const text = JSON.stringify(recipe);
    const epochs = this.#epochs.get(intervalMs) ?? new Map<number, PublishedEpoch>();
    this.#epochs.set(intervalMs, epochs);
    epochs.set(epoch, { id: recipeId(text), createdMs: now(), recipe: text });
    if (epochs.size > EPOCHS_KEPT) epochs.delete(epochs.keys().next().value as number);
  }

  /** An answer was computed; it is kept only once it is named. */
  answered(answer: RiskAnswer, task: ValueTask, epochs: readonly UsedEpoch[]): void {
    if (this.#written.has(answer.lineageId)) return;
    this.#pending.set(answer.lineageId, { answer, task, epochs });
    if (this.#pending.size > this.#options.maxPending)
      this.#pending.delete(this.#pending.keys().next().value as string);
  }

  /**
   * The audit log is to name this answer. Until `kept` is told of it, whoever names it again gets the record
   * again, so that no order of writes leaves an entry without one.
   */
  async named(lineageId: string): Promise<LineageRecord | undefined> {
    const found = this.#pending.get(lineageId);
    if (found === undefined) {
      if (!this.#written.has(lineageId))
        this.#options.onLost(1, new Error('too many answers came between this one and its audit entry'));
      return undefined;
    }
    const { answer, task, epochs } = found;
    const recipes = epochs.flatMap(({ intervalMs, epoch }) => this.#epochs.get(intervalMs)?.get(epoch) ?? []);
    if (recipes.length < epochs.length) {
      this.#options.onLost(1, new Error('an answer was read from an epoch that is no longer known'));
      return undefined;
    }
    if (this.#open > 0 || this.#bars.length > 0 || this.#newBases.length > 0) await this.flush();
    const atMs = this.#options.now();
    try {
      for (const recipe of recipes) if (!this.#isKept(recipe, atMs)) await this.#keepEpoch(recipe);
    } catch (error) {
      this.#options.onLost(1, error as Error);
      return undefined;
    }
    return {
      id: lineageId,
      atMs,
      modelVersion: answer.model.version,
      payload: writeLineage({
        provenance: answer.provenance,
        task,
        epochs: recipes.map(({ id }) => id),
        results: answer.results,
      }),
    };
  }

  kept(lineageIds: readonly string[]): void {
    for (const id of lineageIds) {
      this.#pending.delete(id);
      this.#written.add(id);
    }
    for (const id of this.#written) {
      if (this.#written.size <= WRITTEN_MAX) break;
      this.#written.delete(id);
    }
  }

  /** Writes the bars and bases that wait, once the write under way is over; resolves when they are durable or reported lost. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#next === undefined) {
      this.#open++;
      this.#next = this.#work.then(() => {
        this.#next = undefined;
        this.#work = this.#writeAll().finally(() => this.#open--);
        return this.#work;
      });
    }
    return this.#next;
  }

  async #writeAll(): Promise<void> {
    const { inputs, onLost } = this.#options;
    const bases = this.#newBases.splice(0);
    const bars = this.#bars.splice(0);
    for (const base of bases)
      await inputs.keepBase(base).catch((error: Error) => {
        // The next epoch of this fit takes another base.
        this.#bases.delete(base.modelId);
        onLost(1, error);
      });
    if (bars.length > 0) await inputs.keepBars(bars).catch((error: Error) => onLost(bars.length, error));
  }

  #baseOf(
    { modelId, symbol, intervalMs }: ModelSlot,
    fit: string,
    lastOpenTimeMs: number,
  ): string | undefined {
    const known = this.#bases.get(modelId);
    if (known?.fit === fit) return known.id;
    const { machine, now } = this.#options;
    const image = machine.running(modelId);
    if (image === undefined) return undefined;
    const bytes = new Uint8Array(image.buffer, image.byteOffset, image.byteLength);
    const bars = writeBars(machine.takenBars(symbol, intervalMs, lastOpenTimeMs, BASE_BARS));
    const id = baseId(bytes, bars);
    this.#bases.set(modelId, { fit, id });
    this.#newBases.push({ id, modelId, createdMs: now(), image: bytes, bars });
    this.#soon();
    return id;
  }

  #isKept({ id }: PublishedEpoch, atMs: number): boolean {
    const keptMs = this.#keptEpochs.get(id);
    return keptMs !== undefined && atMs - keptMs <= EPOCH_KNOWN_MS;
  }

  /** Answers that need it while it is written share the write. */
  #keepEpoch(recipe: PublishedEpoch): Promise<void> {
    const { inputs, now } = this.#options;
    const known = this.#keeping.get(recipe.id);
    if (known !== undefined) return known;
    const writing = inputs
      .keepEpochs([recipe])
      .then(() => {
        const atMs = now();
        for (const [id, keptMs] of this.#keptEpochs)
          if (atMs - keptMs > EPOCH_KNOWN_MS) this.#keptEpochs.delete(id);
        this.#keptEpochs.set(recipe.id, atMs);
      })
      .finally(() => this.#keeping.delete(recipe.id));
    this.#keeping.set(recipe.id, writing);
    return writing;
  }

  #soon(): void {
    this.#timer ??= setTimeout(() => void this.flush(), this.#options.flushMs).unref();
  }
}
