/**
 * Structured logs, one JSON object a line on stdout, with secrets cut out by key.
 * Flow: main -> createLogger -> every room gets a child; http adds requestId and traceId per request
 * Lines leave in blocks or after a moment, whichever is first; at exit, and on a fatal line, at once.
 */
import { type DestinationStream, type Logger, pino, stdSerializers } from 'pino';
import { censored, MARK, SECRET_KEYS } from './censor.ts';

export type { Logger } from 'pino';

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
      timestamp: () => `,"timeMs":${Date.now()}`,
      serializers: { err: (error: Error) => censored(stdSerializers.err(error)) },
      // Bindings of child loggers pass no formatter; their keys are few and on the top level.
      redact: { paths: SECRET_KEYS.filter((key) => /^\w+$/.test(key)), censor: MARK },
      formatters: { level: (label) => ({ level: label }), log: censored },
    },
    destination ?? bufferedStdout(),
  );
}

const BLOCK_BYTES = 4_096;
const MOMENT_MS = 200;

/** One system call a line was a tenth of the cost of a request. */
function bufferedStdout(): DestinationStream {
  const stream = pino.destination({ dest: 1, sync: false, minLength: BLOCK_BYTES });
  setInterval(() => stream.flush(), MOMENT_MS).unref();
  return stream;
}
