/**
 * Traces. Without a collector address nothing is loaded and every span is a no-op object;
 * with one, the SDK is imported and spans go out by OTLP over HTTP.
 * Flow:  http request span -> engine spans (withSpan) -> pool task spans -> collector
 */
import {
  type Attributes,
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';

const TRACER = 'bayesian-var';

export interface TracingOptions {
  /** Base address of an OTLP/HTTP collector; absent: no tracing. */
  readonly endpoint?: string | undefined;
}

export interface Tracing {
  readonly enabled: boolean;
  /** Sends what is left; call it last. */
  close(): Promise<void>;
}

export async function startTracing(options: TracingOptions): Promise<Tracing> {
  if (options.endpoint === undefined) return { enabled: false, close: () => Promise.resolve() };
  const [{ NodeSDK }, { OTLPTraceExporter }] = await Promise.all([
    import('@opentelemetry/sdk-node'),
    import('@opentelemetry/exporter-trace-otlp-http'),
  ]);
  const sdk = new NodeSDK({
    serviceName: TRACER,
    autoDetectResources: false,
    traceExporter: new OTLPTraceExporter({ url: `${options.endpoint.replace(/\/+$/, '')}/v1/traces` }),
    metricReaders: [],
    logRecordProcessors: [],
    instrumentations: [],
  });
  sdk.start();
  return { enabled: true, close: () => sdk.shutdown() };
}

/** Runs `work` inside a span that is the child of the active one; a throw marks it failed. */
export async function withSpan<T>(
  name: string,
  attributes: Attributes,
  work: (span: Span) => Promise<T> | T,
): Promise<T> {
  return trace.getTracer(TRACER).startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: (error as Error).message });
      throw error;
    } finally {
      span.end();
    }
  });
}

export interface RequestSpan {
  readonly span: Span;
  readonly context: Context;
}

/** The server span of one request, child of the caller's `traceparent` where it sent a valid one. */
export function startRequestSpan(
  name: string,
  headers: Readonly<Record<string, unknown>>,
  attributes: Attributes,
): RequestSpan {
  const parent = propagation.extract(ROOT_CONTEXT, headers);
  const span = trace.getTracer(TRACER).startSpan(name, { kind: SpanKind.SERVER, attributes }, parent);
  return { span, context: trace.setSpan(parent, span) };
}

/** Calls `work` with the request's span active, so that what it starts becomes its child. */
export function inContext<T>(request: RequestSpan, work: () => T): T {
  return context.with(request.context, work);
}

export function endRequestSpan({ span }: RequestSpan, statusCode: number): void {
  span.setAttribute('http.response.status_code', statusCode);
  if (statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}
