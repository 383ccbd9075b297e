/** Sends two spans to the collector named in OTEL_EXPORTER_OTLP_ENDPOINT, as the service does: one failed, one fine. */
import { startTracing, withSpan } from '../../../src/telemetry/tracing.ts';

const tracing = await startTracing({ endpoint: process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] });
const secrets = { 'http.request.header.authorization': 'Bearer secret', 'url.query': 'book=secret' };
await withSpan('fails', { ...secrets, 'enduser.id': 'desk-7' }, () => {
  throw new Error('on purpose');
}).catch(() => undefined);
await withSpan('works', secrets, () => undefined);
await tracing.close();
