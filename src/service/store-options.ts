/**
 * Opens the store from the settings. A PostgreSQL that is away does not keep the service from starting:
 * answers come from memory, what must be kept is spooled, and health says so. Settings that can never work do.
 * Flow: Config -> here -> store/open-store.
 */
import { readFileSync } from 'node:fs';
import { type Config, ConfigError } from '#config/load-config.ts';
import { openStore, type StoreOptions } from '#store/open-store.ts';
import type { Store } from '#store/ports/store.ts';
import { StoreSettingsError } from '#store/postgres/wrong-settings.ts';
import type { Logger } from '#telemetry/logger.ts';

export async function openConfiguredStore(
  config: Config,
  instanceId: string,
  logger: Logger,
): Promise<Store> {
  try {
    return await openStore(storeOptions(config, instanceId, logger));
  } catch (error) {
    throw error instanceof StoreSettingsError ? new ConfigError([error.message]) : error;
  }
}

function storeOptions(config: Config, instanceId: string, logger: Logger): StoreOptions {
  const { databaseUrl, databaseTlsCaFile, databasePoolSize, encryptionKeys } = config.store;
  const common = {
    dataDir: config.service.dataDir,
    instance: instanceId,
    ...(encryptionKeys !== undefined && {
      encryptionKeys: encryptionKeys.map(({ id, key }) => `${id}:${key.reveal()}`).join(','),
    }),
    onRefused: (kind: string, rows: number, error: Error) =>
      logger.error({ kind, rows, err: error }, 'the database refused what was kept for it'),
    onAway: (kind: string, cause: unknown) =>
      logger.error(
        { kind, code: (cause as { code?: unknown } | undefined)?.code },
        'the database is away: starting without it, what must be kept is spooled',
      ),
  };
  if (databaseUrl === undefined) return common;
  return {
    ...common,
    postgres: {
      url: databaseUrl.reveal(),
      poolSize: databasePoolSize,
      ...(databaseTlsCaFile !== undefined && { tls: { ca: readFileSync(databaseTlsCaFile, 'utf8') } }),
    },
  };
}
