/**
 * The one-step posterior predictive law of a log return: a weighted mixture of two-piece Student-t laws
 * (Fernandez and Steel 1998, located at the mode).
 *
 *   f(x) = sum_k weight_k * 2 / (skew_k + 1/skew_k) / scale_k * t_nu_k( z * skew_k^(-sign z) ),
 *   z = (x - location_k) / scale_k
 *
 * t_nu is the standard Student-t density (scale 1, not unit variance); skew > 1 leans right.
 * Units: location and scale in log return. Shapes: every array has `size` used entries; weights sum to 1.
 */
export interface PredictiveMixture {
  readonly size: number;
  readonly weight: Float64Array;
  readonly location: Float64Array;
  readonly scale: Float64Array;
  readonly nu: Float64Array;
  readonly skew: Float64Array;
  /** Index into the pool's model list, for the spread between models. */
  readonly model: Uint8Array;
}
