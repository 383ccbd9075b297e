/**
 * The service. Reads the environment once, builds every room, and leaves on SIGTERM without losing a request.
 * Exit codes: 0 stopped, 1 failed, 2 the configuration is not usable.
 */
import { join } from 'node:path';
import { keepCompiled } from '#service/compile-cache.ts';
import { keepHeapsSmall } from '#service/heap-growth.ts';
import { helpersStandBack } from '#worker/thread-priority.ts';

keepCompiled(process.env, join(import.meta.dirname, '../.data/compiled'));
keepHeapsSmall();
helpersStandBack();
// Loaded only now, so that all of it comes from the cache.
const { ConfigError, loadConfig } = await import('#config/load-config.ts');
const { forgetSecrets } = await import('#config/forget-secrets.ts');
const { stopOnSignals } = await import('#http/lifecycle.ts');
const { startService } = await import('#service/start-service.ts');

const EXIT_CONFIG = 2;
const exit = (code: number) => process.exit(code);

try {
  const config = loadConfig(process.env);
  forgetSecrets(process.env);
  const { lifecycle } = await startService(config, exit);
  stopOnSignals(lifecycle, exit);
} catch (error) {
  process.stderr.write(
    `${error instanceof ConfigError ? error.message : String((error as Error).stack ?? error)}\n`,
  );
  exit(error instanceof ConfigError ? EXIT_CONFIG : 1);
}
