/**
 * What running sandboxes cost, per UTC day, so that a loop of failures cannot spend without end.
 * Units: US dollars; prices per vCPU-second and per GiB-second.
 */
export interface SandboxPrices {
  readonly perVcpuSecond: number;
  readonly perGibSecond: number;
}

/** Published E2B prices; the local provider reports no vCPUs and so costs nothing. */
export const E2B_PRICES: SandboxPrices = { perVcpuSecond: 0.000014, perGibSecond: 0.0000045 };

export interface CostMeter {
  /** Adds one sandbox's running time. */
  accrue(seconds: number, vcpus: number, gib: number, nowMs: number): void;
  spentToday(nowMs: number): number;
}

const DAY_MS = 86_400_000;

export function createCostMeter(prices: SandboxPrices): CostMeter {
  let day = 0;
  let spent = 0;
  const roll = (nowMs: number) => {
    const today = Math.floor(nowMs / DAY_MS);
    if (today !== day) spent = 0;
    day = today;
  };
  return {
    accrue(seconds, vcpus, gib, nowMs) {
      roll(nowMs);
      spent += seconds * (vcpus * prices.perVcpuSecond + gib * prices.perGibSecond);
    },
    spentToday(nowMs) {
      roll(nowMs);
      return spent;
    },
  };
}
