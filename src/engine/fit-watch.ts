/**
 * Watches whether fits can be trusted. A fit is doubtful where most of the pool's weight lies with models
 * whose importance weights have too heavy a tail, or whose fit fell back; the alarm stands until a better
 * fit, or another champion, takes its place.
 * Flow: valuation cycle (fits), model-registry (champions) -> here -> retraining.
 */
import type { FitReply } from '#worker/protocol.ts';
import type { ModelAlarm } from './retraining.ts';

/** Above it an importance sample says nothing reliable (Vehtari, Simpson, Gelman, Yao and Gabry 2024). */
const DOUBTFUL_PARETO_K = 0.7;
const TRUSTED_WEIGHT = 0.5;

export class FitWatch {
  readonly #doubtful = new Set<string>();

  fitted(modelId: string, { members, fallbacks }: Pick<FitReply, 'members' | 'fallbacks'>): void {
    const trusted = members.filter(
      ({ model, paretoK }) => paretoK <= DOUBTFUL_PARETO_K && !fallbacks.includes(model),
    );
    if (trusted.reduce((sum, { weight }) => sum + weight, 0) < TRUSTED_WEIGHT) this.#doubtful.add(modelId);
    else this.#doubtful.delete(modelId);
  }

  replaced(modelId: string): void {
    this.#doubtful.delete(modelId);
  }

  alarms(): readonly ModelAlarm[] {
    return [...this.#doubtful].map((modelId) => ({ modelId, kind: 'diagnostics', by: 'fit-watch' }));
  }
}
