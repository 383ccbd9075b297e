/**
 * The environment, read once into a frozen object, or one error that names every fault.
 * Flow:  environment record -> here -> main.ts, which hands each room its own slice
 * Each variable may also come as NAME_FILE, a path whose content is the value.
 */
import { readFileSync } from 'node:fs';
import type { Setting } from './setting.ts';
import { settings } from './settings.ts';

type Settings = typeof settings;
type Value<S> = S extends Setting<infer T> ? T : never;

export type Config = {
  readonly [Group in keyof Settings]: {
    readonly [Key in keyof Settings[Group]]: Value<Settings[Group][Key]>;
  };
};

export type Environment = Readonly<Record<string, string | undefined>>;

/** Every fault of the environment in one message. */
export class ConfigError extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(
      `${faults.length} fault${faults.length === 1 ? '' : 's'} in the configuration:\n  ${faults.join('\n  ')}`,
    );
    this.name = 'ConfigError';
    this.faults = faults;
  }
}

/** Pure but for `readFile`, which is called for NAME_FILE variables alone. */
export function loadConfig(
  env: Environment,
  readFile: (path: string) => string = (path) => readFileSync(path, 'utf8'),
): Config {
  const faults = new Map<string, string>();
  const groups = Object.entries(settings).map(([group, entries]) => [
    group,
    Object.fromEntries(
      Object.entries(entries).map(([key, setting]) => [key, value(setting, env, readFile, faults)]),
    ),
  ]);
  const config = Object.fromEntries(groups) as Config;
  const together = CONTRADICTIONS.filter(({ names }) => !names.some((name) => faults.has(name)));
  const messages = [...faults.values(), ...together.flatMap(({ check }) => check(config) ?? [])];
  if (messages.length > 0) throw new ConfigError(messages);
  return deepFreeze(config);
}

function value(
  setting: Setting<unknown>,
  env: Environment,
  readFile: (path: string) => string,
  faults: Map<string, string>,
): unknown {
  try {
    const text = given(setting, env, readFile) ?? setting.default;
    return text === undefined ? undefined : setting.read(text);
  } catch (error) {
    faults.set(setting.name, `${setting.name} ${(error as Error).message}`);
    return undefined;
  }
}

/** The text of a setting from its variable, an alias or a file; two different texts are a fault. */
function given(
  setting: Setting<unknown>,
  env: Environment,
  readFile: (path: string) => string,
): string | undefined {
  const texts = new Map<string, string>();
  for (const name of [setting.name, ...setting.aliases]) {
    const direct = env[name]?.trim();
    if (direct !== undefined && direct !== '') texts.set(name, direct);
    const path = env[`${name}_FILE`]?.trim();
    if (path !== undefined && path !== '' && setting.secret)
      texts.set(`${name}_FILE`, contents(path, name, readFile));
  }
  const names = [...texts.keys()];
  if (new Set(texts.values()).size > 1) throw new Error(`is given twice, by ${names.join(' and ')}`);
  return texts.get(names[0] ?? '');
}

function contents(path: string, name: string, readFile: (path: string) => string): string {
  let text: string;
  try {
    text = readFile(path).trim();
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
    throw new Error(`cannot be read from ${name}_FILE=${path} (${reason})`);
  }
  if (text === '') throw new Error(`is empty in ${name}_FILE=${path}`);
  return text;
}

/** What each variable allows alone but not together; judged where the named variables are sound. */
const CONTRADICTIONS: readonly {
  readonly names: readonly string[];
  readonly check: (config: Config) => string | readonly string[] | undefined;
}[] = [
  {
    names: ['TLS_CERT_FILE', 'TLS_KEY_FILE'],
    check: ({ http }) =>
      (http.tlsCertFile === undefined) === (http.tlsKeyFile === undefined)
        ? undefined
        : 'TLS_CERT_FILE and TLS_KEY_FILE belong together: set both or neither',
  },
  {
    names: ['DRAIN_MS', 'SHUTDOWN_TIMEOUT_MS'],
    check: ({ http }) =>
      http.drainMs < http.shutdownTimeoutMs ? undefined : 'DRAIN_MS must be below SHUTDOWN_TIMEOUT_MS',
  },
  {
    names: ['STALE_AFTER_MS', 'MAX_STALE_MS'],
    check: ({ market }) =>
      market.staleAfterMs <= market.maxStaleMs ? undefined : 'MAX_STALE_MS must not be below STALE_AFTER_MS',
  },
  {
    names: ['SYMBOLS', 'ACCOUNT_CURRENCY'],
    check: ({ market: { symbols, accountCurrency } }) =>
      symbols
        .filter((symbol) => !symbol.endsWith(accountCurrency) || symbol === accountCurrency)
        .map((symbol) => `SYMBOLS has ${symbol}, which is not quoted in ACCOUNT_CURRENCY ${accountCurrency}`),
  },
  {
    names: ['NODE_ENV', 'BVAR_DEV_TOKEN'],
    check: ({ service, auth }) =>
      service.environment === 'production' && auth.devToken !== undefined
        ? 'BVAR_DEV_TOKEN is not for NODE_ENV=production: use AUTH_TOKENS'
        : undefined,
  },
];

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}
