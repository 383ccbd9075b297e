/**
 * Quantile (tick) loss: (a - 1{r <= v}) (r - v), v = -VaR. Its mean is least at the true quantile.
 * Units: those of the return.
 */
export function tickLoss(outcome: number, valueAtRisk: number, probability: number): number {
  const distance = outcome + valueAtRisk;
  return (probability - (distance <= 0 ? 1 : 0)) * distance;
}

export function meanTickLoss(outcome: Float64Array, valueAtRisk: Float64Array, probability: number): number {
  let sum = 0;
  for (let t = 0; t < outcome.length; t++) sum += tickLoss(outcome[t]!, valueAtRisk[t]!, probability);
  return outcome.length === 0 ? 0 : sum / outcome.length;
}
