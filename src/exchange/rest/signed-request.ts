/**
 * Checks a signed request: key, timing, signature. HMAC-SHA256 in hex, Ed25519 and RSA in base64.
 * Flow: raw query as sent -> here -> the refusal, or nothing where the request may pass.
 * What is signed is the query before `&signature=`, byte for byte, so percent-encoding counts.
 * Units: timestamps in milliseconds or microseconds; recvWindow in milliseconds.
 */
import { createHmac, createPublicKey, timingSafeEqual, verify } from 'node:crypto';
import { type Reply, refuse } from './reply.ts';

interface KeyRights {
  /** What the key may do beside reading, by the names of the restrictions endpoint: `enableWithdrawals`. */
  readonly rights?: readonly string[];
}

export type ApiKey = KeyRights &
  (
    | { readonly kind: 'hmac'; readonly apiKey: string; readonly secret: string }
    /** A PEM public key; Ed25519 or RSA by its own type. */
    | { readonly kind: 'public'; readonly apiKey: string; readonly publicKey: string }
  );

const KEY_FORMAT = /^[A-Za-z0-9]{16,128}$/;
const SIGNED_PART = /^(.*)&signature=([^&]+)$/;
const DEFAULT_WINDOW_MS = 5000;
const LONGEST_WINDOW_MS = 60_000;
const FAST_CLOCK_MS = 1000;
const MICRO_FLOOR = 1e14;

const REFUSALS = {
  format: () => refuse(401, -2014, 'API-key format invalid.'),
  unknown: () => refuse(401, -2015, 'Invalid API-key, IP, or permissions for action.'),
  signature: () => refuse(400, -1022, 'Signature for this request is not valid.'),
  ahead: () => refuse(400, -1021, "Timestamp for this request was 1000ms ahead of the server's time."),
  late: () => refuse(400, -1021, 'Timestamp for this request is outside of the recvWindow.'),
  window: () => refuse(400, -1131, 'recvWindow must be less than 60000.'),
} as const;

export function checkSigned(
  apiKey: string | undefined,
  query: string,
  keys: readonly ApiKey[],
  nowMs: number,
): Reply | undefined {
  if (apiKey === undefined || !KEY_FORMAT.test(apiKey)) return REFUSALS.format();
  const key = keys.find((known) => known.apiKey === apiKey);
  if (key === undefined) return REFUSALS.unknown();
  const parts = SIGNED_PART.exec(query);
  if (parts === null) return missing('signature');
  const [, payload, signature] = parts as unknown as [string, string, string];
  const params = new URLSearchParams(payload);
  const timestamp = Number(params.get('timestamp') ?? Number.NaN);
  if (!Number.isFinite(timestamp) || timestamp <= 0) return missing('timestamp');
  const windowMs = Number(params.get('recvWindow') ?? DEFAULT_WINDOW_MS);
  if (!(windowMs >= 0) || windowMs > LONGEST_WINDOW_MS) return REFUSALS.window();
  const sentMs = timestamp >= MICRO_FLOOR ? timestamp / 1000 : timestamp;
  if (sentMs >= nowMs + FAST_CLOCK_MS) return REFUSALS.ahead();
  if (nowMs - sentMs > windowMs) return REFUSALS.late();
  return isSignedBy(key, payload, decodeURIComponent(signature)) ? undefined : REFUSALS.signature();
}

function isSignedBy(key: ApiKey, payload: string, signature: string): boolean {
  if (key.kind === 'public') {
    const publicKey = createPublicKey(key.publicKey);
    const digest = publicKey.asymmetricKeyType === 'rsa' ? 'sha256' : null;
    return verify(digest, Buffer.from(payload), publicKey, Buffer.from(signature, 'base64'));
  }
  if (!/^[0-9a-fA-F]{64}$/.test(signature)) return false;
  const expected = createHmac('sha256', key.secret).update(payload).digest();
  return timingSafeEqual(expected, Buffer.from(signature, 'hex'));
}

function missing(name: string): Reply {
  return refuse(400, -1102, `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`);
}
