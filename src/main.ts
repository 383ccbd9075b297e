/**
 * The service. Reads the environment once, builds every room, and leaves on SIGTERM without losing a request.
 * Exit codes: 0 stopped, 1 failed, 2 the configuration is not usable.
 */
import { ConfigError, loadConfig } from '#config/load-config.ts';
import { stopOnSignals } from '#http/lifecycle.ts';
import { keepHeapsSmall } from '#service/heap-growth.ts';
import { startService } from '#service/start-service.ts';

const EXIT_CONFIG = 2;
const exit = (code: number) => process.exit(code);

keepHeapsSmall();
try {
  const { lifecycle } = await startService(loadConfig(process.env), exit);
  stopOnSignals(lifecycle, exit);
} catch (error) {
  process.stderr.write(
    `${error instanceof ConfigError ? error.message : String((error as Error).stack ?? error)}\n`,
  );
  exit(error instanceof ConfigError ? EXIT_CONFIG : 1);
}
