/** Reads PromQL by Prometheus' own grammar: syntax faults and the metric names a query uses. */
import { parser } from '@prometheus-io/lezer-promql';

/** Grafana's variables are no PromQL; they become plain durations and texts before parsing. */
function plain(expr: string): string {
  return expr.replaceAll('$__rate_interval', '5m').replace(/\$\{?\w+\}?/g, 'x');
}

export function syntaxFaults(expr: string): string[] {
  const text = plain(expr);
  const faults: string[] = [];
  parser.parse(text).iterate({
    enter: (node) => {
      if (node.type.isError) faults.push(`at ${node.from}: ${text.slice(node.from, node.from + 30)}`);
    },
  });
  return faults;
}

export function metricNames(expr: string): string[] {
  const text = plain(expr);
  const names = new Set<string>();
  parser.parse(text).iterate({
    enter: (node) => {
      if (node.name !== 'VectorSelector') return;
      const name = /^[a-zA-Z_:][a-zA-Z0-9_:]*/.exec(text.slice(node.from, node.to));
      if (name) names.add(name[0]);
    },
  });
  return [...names];
}

/** Every vector selector with its matchers, as written. */
export function selectors(expr: string): string[] {
  const text = plain(expr);
  const found: string[] = [];
  parser.parse(text).iterate({
    enter: (node) => {
      if (node.name === 'VectorSelector') found.push(text.slice(node.from, node.to));
    },
  });
  return found;
}

/** Histogram series belong to the metric that is declared. */
export function family(name: string): string {
  return name.replace(/_(bucket|count|sum)$/, '');
}
