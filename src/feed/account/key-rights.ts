/**
 * What a Binance key may do, from `GET /sapi/v1/account/apiRestrictions`. Every flag that is set counts as a
 * right, known or not, except those that only read: a right that is invented later is refused until it is
 * looked at. `ipRestrict` takes away and gives nothing.
 * Flow: reply's body -> here -> the fault, or nothing where the key can only read.
 */
import type { AccountFault } from '../account-source.ts';

const READING = new Set(['enableReading', 'enableFixReadOnly', 'ipRestrict']);

export function keyRights(body: unknown): AccountFault | undefined {
  const flags = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  if (typeof flags['enableReading'] !== 'boolean')
    return { kind: 'malformed', message: 'the reply does not tell the rights of the key' };
  const rights = Object.keys(flags).filter((name) => flags[name] === true && !READING.has(name));
  if (rights.length > 0)
    return {
      kind: 'over-privileged',
      message: `the key can do more than read (${rights.join(', ')}): holdings are not read, use a read-only key`,
      rights,
    };
  return flags['enableReading']
    ? undefined
    : { kind: 'refused', message: 'the key may not read the account' };
}
