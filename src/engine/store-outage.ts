/** Lets http tell an outage of the store from a bug, without knowing the store. */
import { StoreUnavailableError } from '#store/ports/store-failure.ts';

export function isStoreOutage(error: unknown): boolean {
  return error instanceof StoreUnavailableError;
}
