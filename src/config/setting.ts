/**
 * One setting: the name of its variable, how its text is read, its default and what it means.
 * Flow:  settings.ts declares -> load-config.ts reads -> describe-config.ts lists
 * Units: named by `unit`; values keep the unit of their variable.
 */
import { type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';
import { parseInterval } from './interval.ts';
import { Secret } from './secret.ts';

export interface Setting<T> {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly unit: string;
  readonly about: string;
  readonly secret: boolean;
  /** The text used where the variable is absent; undefined leaves the setting empty. */
  readonly default: string | undefined;
  /** Throws an Error whose message completes "NAME ...". */
  readonly read: (text: string) => T;
}

interface Common<D extends string | undefined> {
  readonly default: D;
  readonly about: string;
  readonly aliases?: readonly string[];
}

type Filled<T, D> = Setting<D extends string ? T : T | undefined>;

function setting<T, D extends string | undefined>(
  name: string,
  options: Common<D>,
  unit: string,
  read: (text: string) => T,
  secret = false,
): Filled<T, D> {
  const { about, aliases = [] } = options;
  return { name, aliases, unit, about, secret, default: options.default, read } as unknown as Filled<T, D>;
}

/** Checks a value against its schema; the schema's own words name what is expected. */
function checked<T>(schema: TSchema, value: unknown): T {
  const fault = Value.Errors(schema, value)[0];
  if (fault === undefined) return value as T;
  const place = fault.instancePath === '' ? '' : `item ${Number(fault.instancePath.slice(1)) + 1} `;
  throw new Error(`${place}${fault.message}`);
}

const items = (text: string): string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

export function text<const D extends string | undefined>(
  name: string,
  options: Common<D> & { readonly pattern?: string; readonly unit?: string },
): Filled<string, D> {
  const schema = Type.String({
    minLength: 1,
    ...(options.pattern === undefined ? {} : { pattern: options.pattern }),
  });
  return setting(name, options, options.unit ?? 'text', (value) => checked<string>(schema, value));
}

export function integer<const D extends string | undefined>(
  name: string,
  options: Common<D> & { readonly min: number; readonly max: number; readonly unit: string },
): Filled<number, D> {
  const schema = Type.Integer({ minimum: options.min, maximum: options.max });
  return setting(name, options, options.unit, (value) => {
    if (!/^-?\d{1,15}$/.test(value)) throw new Error('must be a whole number');
    return checked<number>(schema, Number(value));
  });
}

const DAY_MS = 86_400_000;
const LONGEST_DAYS = 36_500;

/** Whole days in the variable, milliseconds in the configuration. */
export function days<const D extends string | undefined>(
  name: string,
  options: Common<D>,
): Filled<number, D> {
  const { read } = integer(name, { ...options, min: 1, max: LONGEST_DAYS, unit: 'days' });
  return setting(name, options, 'days', (value) => (read(value) as number) * DAY_MS);
}

export function number<const D extends string | undefined>(
  name: string,
  options: Common<D> & { readonly min: number; readonly max: number; readonly unit: string },
): Filled<number, D> {
  const schema = Type.Number({ minimum: options.min, maximum: options.max });
  return setting(name, options, options.unit, (value) => {
    if (!/^-?\d{1,15}(\.\d{1,15})?$/.test(value)) throw new Error('must be a decimal number');
    return checked<number>(schema, Number(value));
  });
}

export function oneOf<const V extends readonly string[], const D extends string | undefined>(
  name: string,
  values: V,
  options: Common<D>,
): Filled<V[number], D> {
  return setting(name, options, values.join('|'), (value) => {
    if (!values.includes(value)) throw new Error(`must be one of ${values.join(', ')}`);
    return value as V[number];
  });
}

export function list<const D extends string | undefined>(
  name: string,
  options: Common<D> & { readonly pattern: string; readonly unit: string; readonly maxItems: number },
): Filled<readonly string[], D> {
  const schema = Type.Array(Type.String({ pattern: options.pattern }), {
    minItems: 1,
    maxItems: options.maxItems,
    uniqueItems: true,
  });
  return setting(name, options, options.unit, (value) => checked<readonly string[]>(schema, items(value)));
}

export function intervals<const D extends string | undefined>(
  name: string,
  options: Common<D>,
): Filled<readonly number[], D> {
  const schema = Type.Array(Type.Integer(), { minItems: 1, maxItems: 8, uniqueItems: true });
  return setting(name, options, 'list of intervals (5m, 1h, 1d)', (value) => {
    const parsed = checked<readonly number[]>(schema, items(value).map(parseInterval));
    if (parsed.some((interval, i) => i > 0 && interval < (parsed[i - 1] as number)))
      throw new Error('must rise from short to long');
    return parsed;
  });
}

function url(value: string, protocols: readonly string[]): string {
  const parsed = URL.canParse(value) ? new URL(value) : undefined;
  if (parsed === undefined || !protocols.includes(parsed.protocol.slice(0, -1)))
    throw new Error(`must be a URL of ${protocols.join(' or ')}`);
  return value.replace(/\/+$/, '');
}

export function urls<const D extends string | undefined>(
  name: string,
  protocols: readonly string[],
  options: Common<D>,
): Filled<readonly string[], D> {
  return setting(name, options, 'list of URLs', (value) => {
    const all = items(value).map((item) => url(item, protocols));
    if (all.length === 0) throw new Error('must name at least one URL');
    return all;
  });
}

export function address<const D extends string | undefined>(
  name: string,
  protocols: readonly string[],
  options: Common<D>,
): Filled<string, D> {
  return setting(name, options, 'URL', (value) => url(value, protocols));
}

/** Text that documentation uses in place of a real secret. */
const PLACEHOLDER = /^(your[_-]|change[_-]?me|replace[_-]?me|placeholder|<.*>$|xxx)/i;

function secretText(value: string): string {
  if (PLACEHOLDER.test(value)) throw new Error('still holds a placeholder');
  return value;
}

export function secret(
  name: string,
  options: Omit<Common<undefined>, 'default'> & {
    readonly check?: (text: string) => void;
  },
): Setting<Secret | undefined> {
  return setting(
    name,
    { ...options, default: undefined },
    'secret',
    (value) => {
      options.check?.(secretText(value));
      return new Secret(secretText(value));
    },
    true,
  );
}

/** A secret text that is read into something richer whose own secrets are wrapped by `read`. */
export function secretOf<T>(
  name: string,
  unit: string,
  read: (text: string) => T,
  options: Omit<Common<undefined>, 'default'>,
): Setting<T | undefined> {
  return setting(name, { ...options, default: undefined }, unit, (value) => read(secretText(value)), true);
}
