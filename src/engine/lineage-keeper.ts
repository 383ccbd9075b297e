/**
 * Keeps what answers were computed from, so that each audited one can be computed again. Whoever names an
 * answer in the audit log waits first until its lineage is durable, so no entry is ever without one; answers
 * that come while a write is under way go together in the next. What cannot be written is counted and dropped.
 *
 * Flow: valuation cycle (bars, epochs, answers), audit -> here -> store/lineage-inputs, store/lineages.
 */
import type { Bar } from '#domain/market/bar.ts';
import type { Provenance } from '#domain/market/tick.ts';
import type { RiskAnswer } from '#domain/measure/risk-answer.ts';
import type { LineageInputs, ModelBase, PublishedEpoch, SeenBar } from '#store/ports/lineage-inputs.ts';
import type { LineageRecord, Lineages } from '#store/ports/lineages.ts';
import type { UsedEpoch, ValueTask } from '#worker/protocol.ts';
import {
  baseId,
  type EpochRecipe,
  LINEAGE_SCHEMA,
  type LineagePayload,
  recipeId,
  writeBars,
} from './lineage-record.ts';
import type { ModelMachine, ModelSlot } from './model-machine.ts';
import type { PublishedModels } from './published-models.ts';
import type { ValuationPlanOptions } from './valuation-plan.ts';

export interface LineageKeeperOptions {
  readonly inputs: LineageInputs;
  readonly lineages: Lineages;
  readonly instance: string;
  readonly plan: ValuationPlanOptions;
  readonly machine: Pick<ModelMachine, 'slots' | 'running'> & Pick<PublishedModels, 'head' | 'takenBars'>;
  readonly now: () => number;
  readonly onLost: (records: number, error: Error) => void;
  readonly flushMs?: number;
  /** How long answers wait for company while they come close together; a lone answer never waits. */
  readonly lingerMs?: number;
}

/** Answers between their computation and their audit entry. */
const PENDING_MAX = 4_096;
const QUEUE_MAX = 20_000;
/** Epochs of one interval that an answer may still be read from. */
const EPOCHS_KEPT = 16;
/** All that is held: a stressed answer looks back on it. */
const BASE_BARS = Infinity;
const WRITTEN_MAX = 50_000;
/** How long a kept epoch is taken for there; after that it is written again, should it have been aged out. */
const EPOCH_KNOWN_MS = 60_000;

interface Answered {
  readonly answer: RiskAnswer;
  readonly task: ValueTask;
  readonly epochs: readonly UsedEpoch[];
}

export class LineageKeeper {
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
  #audited: (Answered & { readonly atMs: number })[] = [];
  readonly #inFlight = new Map<string, Promise<void>>();
  /** The write that will take what comes now. */
  #next: Promise<void> | undefined;
  #work: Promise<void> = Promise.resolve();
  /** The last write had company, so the next is worth a wait. */
  #busy = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LineageKeeperOptions) {
    this.#options = { flushMs: 500, lingerMs: 5, ...options };
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
      return base === undefined ? null : { base, lastOpenTimeMs };
    });
    const recipe: EpochRecipe = { schema: LINEAGE_SCHEMA, instance, plan, intervalMs, symbols };
    const text = JSON.stringify(recipe);
    const epochs = this.#epochs.get(intervalMs) ?? new Map<number, PublishedEpoch>();
    this.#epochs.set(intervalMs, epochs);
    epochs.set(epoch, { id: recipeId(text), createdMs: now(), recipe: text });
    if (epochs.size > EPOCHS_KEPT) epochs.delete(epochs.keys().next().value as number);
  }

  /** An answer was computed; it is kept only once `audited` names it. */
  answered(answer: RiskAnswer, task: ValueTask, epochs: readonly UsedEpoch[]): void {
    if (this.#written.has(answer.lineageId)) return;
    this.#pending.set(answer.lineageId, { answer, task, epochs });
    if (this.#pending.size > PENDING_MAX) this.#pending.delete(this.#pending.keys().next().value as string);
  }

  /** The audit log is to name this answer. Resolves when what it stands on is durable, or lost and reported. */
  audited(lineageId: string): Promise<void> {
    const found = this.#pending.get(lineageId);
    if (found === undefined) return this.#inFlight.get(lineageId) ?? Promise.resolve();
    this.#pending.delete(lineageId);
    if (this.#audited.length >= QUEUE_MAX) {
      this.#options.onLost(1, new Error('too many lineage records wait to be written'));
      return Promise.resolve();
    }
    this.#audited.push({ ...found, atMs: this.#options.now() });
    this.#written.add(lineageId);
    if (this.#written.size > WRITTEN_MAX) this.#written.delete(this.#written.values().next().value as string);
    const kept = this.flush().finally(() => this.#inFlight.delete(lineageId));
    this.#inFlight.set(lineageId, kept);
    return kept;
  }

  /** Writes what waits, once the write under way is over; resolves when it is durable or reported lost. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#next ??= this.#work
      .then(() => this.#company())
      .then(() => {
        this.#next = undefined;
        this.#work = this.#writeAll();
        return this.#work;
      });
    return this.#next;
  }

  async #company(): Promise<void> {
    if (this.#busy) await new Promise((resolve) => setTimeout(resolve, this.#options.lingerMs));
  }

  async #writeAll(): Promise<void> {
    const bases = this.#newBases.splice(0);
    const bars = this.#bars.splice(0);
    const answers = this.#audited.splice(0);
    this.#busy = answers.length > 1;
    for (const base of bases)
      await this.#options.inputs.keepBase(base).catch((error: Error) => {
        // The next epoch of this fit takes another base.
        this.#bases.delete(base.modelId);
        this.#options.onLost(1, error);
      });
    await this.#write(bars, answers).catch((error: Error) =>
      this.#options.onLost(answers.length + bars.length, error),
    );
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

  async #write(
    bars: readonly SeenBar[],
    answers: readonly (Answered & { readonly atMs: number })[],
  ): Promise<void> {
    const { inputs, lineages } = this.#options;
    if (bars.length > 0) await inputs.keepBars(bars);
    const used = new Map<string, PublishedEpoch>();
    const records: LineageRecord[] = [];
    for (const { answer, task, epochs, atMs } of answers) {
      const recipes = epochs.flatMap(
        ({ intervalMs, epoch }) => this.#epochs.get(intervalMs)?.get(epoch) ?? [],
      );
      if (recipes.length < epochs.length) {
        this.#options.onLost(1, new Error('an answer was read from an epoch that is no longer known'));
        continue;
      }
      for (const recipe of recipes) {
        const keptMs = this.#keptEpochs.get(recipe.id);
        if (keptMs === undefined || atMs - keptMs > EPOCH_KNOWN_MS) used.set(recipe.id, recipe);
      }
      records.push({
        id: answer.lineageId,
        atMs,
        modelVersion: answer.model.version,
        payload: JSON.stringify(payloadOf(answer, task, recipes)),
      });
    }
    if (used.size > 0) await this.#keepEpochs([...used.values()]);
    if (records.length > 0) await lineages.keep(records);
  }

  async #keepEpochs(epochs: readonly PublishedEpoch[]): Promise<void> {
    const { inputs, now } = this.#options;
    const atMs = now();
    await inputs.keepEpochs(epochs);
    for (const [id, keptMs] of this.#keptEpochs)
      if (atMs - keptMs > EPOCH_KNOWN_MS) this.#keptEpochs.delete(id);
    for (const { id } of epochs) this.#keptEpochs.set(id, atMs);
  }

  #soon(): void {
    this.#timer ??= setTimeout(() => void this.flush(), this.#options.flushMs).unref();
  }
}

function payloadOf(answer: RiskAnswer, task: ValueTask, recipes: readonly PublishedEpoch[]): LineagePayload {
  return {
    schema: LINEAGE_SCHEMA,
    provenance: answer.provenance satisfies Provenance,
    task,
    epochs: recipes.map(({ id }) => id),
    results: answer.results,
  };
}
