/**
 * Certificate and key of the HTTPS listener. Certificates are replaced in place by whoever issues them, so
 * the files are read again now and then; connections that are open keep the old one.
 * Flow:  files -> listener; the end of validity -> metric -> alert
 * Units: seconds in the metric, milliseconds elsewhere.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Metrics } from '#telemetry/metrics.ts';

export interface TlsPair {
  readonly cert: string;
  readonly key: string;
}

export interface TlsMaterial extends TlsPair {
  /** Calls `listener` with each new pair; the returned function ends it. */
  readonly onRenewal?: (listener: (pair: TlsPair) => void) => () => void;
}

const LOOK_EVERY_MS = 60_000;

export function loadTls(
  certFile: string,
  keyFile: string,
  metrics: Metrics,
  lookEveryMs: number = LOOK_EVERY_MS,
): TlsMaterial {
  let current = readPair(certFile, keyFile);
  show(current, metrics);
  return {
    ...current,
    onRenewal(listener) {
      const timer = setInterval(() => {
        const next = renewed(certFile, keyFile, current);
        if (next === undefined) return;
        current = next;
        show(next, metrics);
        listener(next);
      }, lookEveryMs);
      timer.unref();
      return () => clearInterval(timer);
    },
  };
}

/** A new pair that fits together; half-written files are looked at again next time. */
function renewed(certFile: string, keyFile: string, current: TlsPair): TlsPair | undefined {
  try {
    const next = readPair(certFile, keyFile);
    return next.cert === current.cert ? undefined : next;
  } catch {
    return undefined;
  }
}

function readPair(certFile: string, keyFile: string): TlsPair {
  const pair = { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
  if (!new X509Certificate(pair.cert).checkPrivateKey(createPrivateKey(pair.key)))
    throw new Error(`${keyFile} is not the key of ${certFile}`);
  return pair;
}

function show({ cert }: TlsPair, metrics: Metrics): void {
  metrics.tlsExpiry.set({ name: 'http' }, Date.parse(new X509Certificate(cert).validTo) / 1000);
}
