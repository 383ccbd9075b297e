/**
 * One fence around every repository: an outage becomes StoreUnavailableError and is noted for the health
 * view; anything else passes through as it is.
 */
import { outageKind } from './outage.ts';
import { StoreUnavailableError } from './ports/store-failure.ts';

export type NoteOutcome = (outage: string | undefined) => void;

/** The database may answer, but its tables are not up to date yet. */
export const NOT_READY = 'not-migrated';

type Method = (...args: unknown[]) => unknown;

export interface Fence {
  readonly note: NoteOutcome;
  /** False until the tables have their shape; until then only what the spool can answer gets through. */
  readonly ready: () => boolean;
}

/** `durable` names methods that the spool may have answered: their success says nothing of the database. */
export function guarded<T extends object>(
  repository: T,
  { note, ready }: Fence,
  durable: readonly (keyof T & string)[] = [],
): T {
  const methods = Object.entries(repository).map(([name, method]) => {
    const call = (method as Method).bind(repository);
    return [
      name,
      async (...args: unknown[]) => {
        const spooled = (durable as readonly string[]).includes(name);
        if (!ready() && !spooled) throw new StoreUnavailableError(NOT_READY);
        try {
          const result = await call(...args);
          if (!spooled) note(undefined);
          return result;
        } catch (error) {
          if (error instanceof StoreUnavailableError) throw error;
          const kind = outageKind(error) ?? (ready() ? undefined : NOT_READY);
          if (kind === undefined) throw error;
          note(kind);
          throw new StoreUnavailableError(kind, error);
        }
      },
    ];
  });
  return Object.fromEntries(methods) as T;
}
