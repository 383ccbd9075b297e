/**
 * Positions as a caller states them and as the engine values them.
 * Units: quantity in base units (short < 0), notional and exposure in the account currency (signed).
 */
export interface Position {
  readonly symbol: string;
  readonly quantity?: number;
  readonly notional?: number;
}

export interface Exposure {
  readonly symbolIndex: number;
  readonly value: number;
}
