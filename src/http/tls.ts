/**
 * Certificate and key of the HTTPS listener, read once at the start.
 * Flow: files -> listener; the end of validity -> metric -> alert
 */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Metrics } from '#telemetry/metrics.ts';

export interface TlsMaterial {
  readonly cert: string;
  readonly key: string;
}

export function loadTls(certFile: string, keyFile: string, metrics: Metrics): TlsMaterial {
  const cert = readFileSync(certFile, 'utf8');
  const certificate = new X509Certificate(cert);
  metrics.tlsExpiry.set({ name: 'http' }, Date.parse(certificate.validTo) / 1000);
  return { cert, key: readFileSync(keyFile, 'utf8') };
}
