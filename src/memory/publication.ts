/**
 * What an interval has published: per symbol the posterior's slot and identity, the marginal tables of the
 * standard horizons, and the joint scenarios. Two slots; readers use the one named by the published epoch.
 *
 * Protocol: the single writer announces epoch e + 1 in WRITING, fills slot (e + 1) & 1, then stores PUBLISHED.
 * A reader of epoch e holds slot e & 1, which only epoch e + 2 overwrites: its reading is sound as long as
 * WRITING - e <= 1 when it ends. A writer that dies half-way leaves epoch e whole.
 *
 * Flow: worker/inference -> here -> worker/book-valuer.
 * Shapes: see the fields; A symbols, H horizons, S scenarios, symbol-major.
 */
import {
  attachMarginal,
  MARGINAL_LENGTH,
  MAX_MODELS,
  type MarginalTable,
} from '#domain/measure/marginal-table.ts';
import { SCENARIOS } from '#domain/scenario/lattice.ts';
import { requireBytes } from './risk-layout.ts';

const PUBLISHED = 0;
const WRITING = 1;
const CONTROL_BYTES = 16;
export const HASH_BYTES = 32;

export interface PublishedSlot {
  /** Per symbol: which of its two posterior slots this publication means; -1 where it has none. */
  readonly posteriorSlot: Int32Array;
  /** Per symbol: which of the interval's slots holds its constants, where it has a posterior. */
  readonly constantsSlot: Int32Array;
  /** Per symbol: SHA-256 of the posterior's state, of its state when last fitted, and of its constants. */
  readonly stateHash: Uint8Array;
  readonly fitHash: Uint8Array;
  readonly constantsHash: Uint8Array;
  /** Per symbol: open time of the last bar seen. */
  readonly lastOpenTimeMs: Float64Array;
  /** Per symbol and model. */
  readonly modelWeight: Float64Array;
  readonly correlation: Float64Array;
  /** Degrees of freedom of the copula, and effective rows behind the correlation. */
  readonly dependence: Float64Array;
  /** Mean of each cell of the copula's t law, by rank: S. */
  readonly ellipticalMeans: Float32Array;
  /** Rank of each scenario among its symbol's. */
  readonly rank: Uint16Array;
  readonly marginals: readonly MarginalTable[];
  marginal(symbol: number, horizon: number): MarginalTable;
}

export interface Publication {
  epoch(): number;
  /** False where the slot of this epoch may have been overwritten. */
  intact(epoch: number): boolean;
  slot(epoch: number): PublishedSlot;
  /** A private copy of what this epoch published; whether it is whole is for `intact` to say afterwards. */
  copy(epoch: number): PublishedSlot;
  /** Announces and returns the next epoch; the caller then fills slot(next) and commits it. */
  begin(): number;
  commit(epoch: number): void;
}

function slotFloats(symbols: number, horizons: number): number {
  return symbols * (1 + MAX_MODELS + symbols + horizons * MARGINAL_LENGTH) + 2;
}

function slotBytes(symbols: number, horizons: number): number {
  const joint = (2 * symbols + 4) * SCENARIOS;
  const bytes = 8 * slotFloats(symbols, horizons) + joint + 8 * symbols + 3 * HASH_BYTES * symbols;
  return Math.ceil(bytes / 8) * 8;
}

export function publicationBytes(symbols: number, horizons: number): number {
  return CONTROL_BYTES + 2 * slotBytes(symbols, horizons);
}

function attachSlot(
  buffer: SharedArrayBuffer,
  start: number,
  symbols: number,
  horizons: number,
): PublishedSlot {
  let offset = start;
  const floats = (length: number): Float64Array => {
    offset += 8 * length;
    return new Float64Array(buffer, offset - 8 * length, length);
  };
  const lastOpenTimeMs = floats(symbols);
  const modelWeight = floats(symbols * MAX_MODELS);
  const correlation = floats(symbols * symbols);
  const dependence = floats(2);
  const marginals = Array.from({ length: symbols * horizons }, () => attachMarginal(floats(MARGINAL_LENGTH)));
  const posteriorSlot = new Int32Array(buffer, offset, symbols);
  const constantsSlot = new Int32Array(buffer, offset + 4 * symbols, symbols);
  offset += 8 * symbols;
  const ellipticalMeans = new Float32Array(buffer, offset, SCENARIOS);
  offset += 4 * SCENARIOS;
  const rank = new Uint16Array(buffer, offset, symbols * SCENARIOS);
  offset += 2 * symbols * SCENARIOS;
  const bytes = (length: number): Uint8Array => {
    offset += length;
    return new Uint8Array(buffer, offset - length, length);
  };
  return {
    posteriorSlot,
    constantsSlot,
    stateHash: bytes(HASH_BYTES * symbols),
    fitHash: bytes(HASH_BYTES * symbols),
    constantsHash: bytes(HASH_BYTES * symbols),
    lastOpenTimeMs,
    modelWeight,
    correlation,
    dependence,
    ellipticalMeans,
    rank,
    marginals,
    marginal: (symbol, horizon) => marginals[symbol * horizons + horizon]!,
  };
}

export function attachPublication(buffer: SharedArrayBuffer, symbols: number, horizons: number): Publication {
  requireBytes(buffer, publicationBytes(symbols, horizons), 'publication');
  const control = new Int32Array(buffer, 0, CONTROL_BYTES / 4);
  const size = slotBytes(symbols, horizons);
  const slots = [0, 1].map((slot) => attachSlot(buffer, CONTROL_BYTES + slot * size, symbols, horizons));
  return {
    epoch: () => Atomics.load(control, PUBLISHED),
    intact: (epoch) => ((Atomics.load(control, WRITING) - epoch) | 0) <= 1,
    slot: (epoch) => slots[epoch & 1]!,
    copy(epoch) {
      const own = new SharedArrayBuffer(size);
      new Uint8Array(own).set(new Uint8Array(buffer, CONTROL_BYTES + (epoch & 1) * size, size));
      return attachSlot(own, 0, symbols, horizons);
    },
    begin() {
      const next = (Atomics.load(control, PUBLISHED) + 1) | 0;
      Atomics.store(control, WRITING, next);
      return next;
    },
    commit: (epoch) => void Atomics.store(control, PUBLISHED, epoch),
  };
}
