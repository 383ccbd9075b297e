/** A judged limit in wire form. Flow: engine/portfolio-limits -> here -> JSON. */
import type { LimitView } from '#engine/portfolio-limits.ts';
import { formatDuration } from './duration.ts';

export function limitForm({ horizonMs, ...view }: LimitView) {
  return { ...view, horizon: formatDuration(horizonMs) };
}
