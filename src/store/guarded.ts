/**
 * One fence around every repository: an outage becomes StoreUnavailableError and is noted for the health
 * view; anything else passes through as it is.
 */
import { outageKind } from './outage.ts';
import { StoreUnavailableError } from './ports/store-failure.ts';

export type NoteOutcome = (outage: string | undefined) => void;

type Method = (...args: unknown[]) => unknown;

/** `durable` names writes that may have gone to the spool: their success says nothing of the database. */
export function guarded<T extends object>(
  repository: T,
  note: NoteOutcome,
  durable: readonly (keyof T & string)[] = [],
): T {
  const methods = Object.entries(repository).map(([name, method]) => {
    const call = (method as Method).bind(repository);
    return [
      name,
      async (...args: unknown[]) => {
        try {
          const result = await call(...args);
          if (!(durable as readonly string[]).includes(name)) note(undefined);
          return result;
        } catch (error) {
          if (error instanceof StoreUnavailableError) throw error;
          const kind = outageKind(error);
          if (kind === undefined) throw error;
          note(kind);
          throw new StoreUnavailableError(kind, error);
        }
      },
    ];
  });
  return Object.fromEntries(methods) as T;
}
