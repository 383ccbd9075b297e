/** The store's options from the settings. Flow: Config -> here -> store/open-store. */
import { readFileSync } from 'node:fs';
import type { Config } from '#config/load-config.ts';
import type { StoreOptions } from '#store/open-store.ts';
import type { Logger } from '#telemetry/logger.ts';

export function storeOptions(config: Config, instanceId: string, logger: Logger): StoreOptions {
  const { databaseUrl, databaseTlsCaFile, databasePoolSize, encryptionKeys } = config.store;
  const common = {
    dataDir: config.service.dataDir,
    instance: instanceId,
    ...(encryptionKeys !== undefined && {
      encryptionKeys: encryptionKeys.map(({ id, key }) => `${id}:${key.reveal()}`).join(','),
    }),
    onRefused: (kind: string, rows: number, error: Error) =>
      logger.error({ kind, rows, err: error }, 'the database refused records for good'),
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
