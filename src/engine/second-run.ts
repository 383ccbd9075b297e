/**
 * Tasks whose thread died under them run once more, one at a time: whatever ends a thread takes all that the
 * thread had at hand along, but in its second run only itself. The others of that thread come back and are done.
 */
import { createTurnstile } from './turnstile.ts';

/** Rejects with the loss of the second run; `worthIt` is asked after the first. */
export type SecondRun = <T>(run: () => Promise<T>, worthIt: () => boolean) => Promise<T>;

export function createSecondRun(onLost: (error: unknown) => void): SecondRun {
  const alone = createTurnstile(1);
  return async (run, worthIt) => {
    try {
      return await run();
    } catch (error) {
      onLost(error);
      if (!worthIt()) throw error;
      return await alone(run).catch((again: unknown) => {
        onLost(again);
        throw again;
      });
    }
  };
}
