/**
 * Takes the secrets out of the environment once they are read, so that neither threads nor child processes
 * nor a diagnostic report carry them.
 */
import { describeConfig } from './describe-config.ts';

export function forgetSecrets(env: NodeJS.ProcessEnv): void {
  for (const { name, aliases, secret } of describeConfig())
    if (secret) for (const variable of [name, ...aliases]) delete env[variable];
}
