/**
 * Structured logs, one JSON object a line on stdout, with secrets cut out by path.
 * Flow: main -> createLogger -> every room gets a child; http adds requestId and traceId per request
 */
import { type DestinationStream, type Logger, pino } from 'pino';

export type { Logger } from 'pino';

const SECRET_KEYS = [
  'authorization',
  'token',
  'apiKey',
  'secretKey',
  'password',
  'encryptionKeys',
  'databaseUrl',
];

/** Keys that never print, on the top level and one and two objects deep. */
const REDACTED = SECRET_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]).concat([
  'req.headers.authorization',
  'headers.cookie',
]);

export interface LoggerOptions {
  readonly level: string;
  readonly version?: string;
  readonly color?: string;
}

export function createLogger(options: LoggerOptions, destination?: DestinationStream): Logger {
  const { level, version, color } = options;
  return pino(
    {
      level,
      base: { service: 'bayesian-var', version, color, pid: process.pid },
      redact: { paths: REDACTED, censor: '[redacted]' },
      timestamp: () => `,"timeMs":${Date.now()}`,
      formatters: { level: (label) => ({ level: label }) },
    },
    ...(destination === undefined ? [] : [destination]),
  );
}
