/**
 * A k6-compatible runner: plays the scripts of k6/ in Node, so that a machine without k6 can check them. It is not k6:
 * it knows arrival-rate executors, http.asyncRequest, check, the metric kinds and thresholds, and refuses the rest.
 *
 * Use:  KEY=value ... node test/support/k6-runner/run.ts k6/smoke.js
 * Exit: 0 all thresholds met, 99 one broken (as k6 does), 1 wrong script.
 */
import { writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { Counter, registry, type Values } from './metrics.ts';
import { closeConnections } from './module-http.ts';
import { dueAfter, onlyKeys, type Scenario, scenarioOf } from './scenario.ts';
import { judge } from './thresholds.ts';

const MODULES: Record<string, string> = {
  k6: './module-k6.ts',
  'k6/http': './module-http.ts',
  'k6/metrics': './metrics.ts',
};

interface Script {
  readonly options: {
    readonly scenarios: Record<string, Record<string, unknown>>;
    readonly thresholds?: Record<string, string[]>;
  };
  readonly default: () => Promise<void>;
  readonly handleSummary?: (data: {
    metrics: Record<string, { values: Values; thresholds?: Record<string, { ok: boolean }> }>;
  }) => Record<string, string>;
}

registerHooks({
  resolve: (specifier, context, next) => {
    if (specifier !== 'k6' && !specifier.startsWith('k6/')) return next(specifier, context);
    const file = MODULES[specifier];
    if (file === undefined) throw new Error(`the runner does not know the module "${specifier}"`);
    return { url: new URL(file, import.meta.url).href, shortCircuit: true };
  },
});

/** Starts iterations by the clock; one that finds no free user is dropped and counted. */
async function play(scenario: Scenario, iteration: () => Promise<void>, dropped: Counter): Promise<void> {
  const total = scenario.stages.reduce((sum, stage) => sum + stage.durationMs, 0);
  const flying = new Set<Promise<void>>();
  const began = performance.now();
  let started = 0;
  for (;;) {
    const elapsed = performance.now() - began;
    const due = Math.floor(dueAfter(scenario.stages, Math.min(elapsed, total)));
    for (; started < due; started++) {
      if (flying.size >= scenario.maxVUs) {
        dropped.add(1);
        continue;
      }
      const one = iteration().finally(() => flying.delete(one));
      flying.add(one);
    }
    if (elapsed >= total) break;
    await pause(5);
  }
  await Promise.all(flying);
}

async function main(path: string): Promise<number> {
  Object.assign(globalThis, { __ENV: process.env, __VU: 1, __ITER: 0 });
  const script = (await import(pathToFileURL(resolve(path)).href)) as Script;
  onlyKeys('options', script.options, ['scenarios', 'thresholds']);
  const dropped = new Counter('dropped_iterations');
  for (const [name, raw] of Object.entries(script.options.scenarios))
    await play(scenarioOf(name, raw), script.default, dropped);
  closeConnections();

  const metrics = Object.fromEntries(
    [...registry.values()].map((metric) => {
      const thresholds = (script.options.thresholds?.[metric.name] ?? []).map((threshold) => [
        threshold,
        { ok: judge(metric.name, threshold) },
      ]);
      return [
        metric.name,
        {
          values: metric.values(),
          thresholds: Object.fromEntries(thresholds) as Record<string, { ok: boolean }>,
        },
      ];
    }),
  );
  const unmeasured = Object.keys(script.options.thresholds ?? {}).filter((name) => !registry.has(name));
  if (unmeasured.length > 0)
    throw new Error(`thresholds on metrics that do not exist: ${unmeasured.join(', ')}`);
  console.log(`k6-compatible runner, ${path}`);
  for (const [target, text] of Object.entries(script.handleSummary?.({ metrics }) ?? {}))
    if (target === 'stdout') process.stdout.write(text);
    else writeFileSync(target, text);
  const isMet = Object.values(metrics).every((metric) =>
    Object.values(metric.thresholds).every(({ ok }) => ok),
  );
  return isMet ? 0 : 99;
}

process.exitCode = await main(process.argv[2] as string).catch((error: Error) => {
  console.error(error.message);
  return 1;
});
