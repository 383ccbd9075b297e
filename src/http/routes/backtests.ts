/**
 * Backtests of followed symbols over the bars the service holds: asked for here, computed as jobs.
 * Flow: request -> engine/backtest-jobs -> wire form
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { BacktestJobs, BacktestView } from '#engine/backtest-jobs.ts';
import { callerOf } from '../caller.ts';
import { formatDuration, parseDuration } from '../duration.ts';
import { failureProblem, Problem } from '../problems.ts';
import { BacktestAccepted, BacktestBody, BacktestId, BacktestSchema } from '../schemas/backtest.ts';
import { responses } from '../schemas/problem.ts';

const security = [{ bearer: [] }];
const tags = ['backtests'];
const DEFAULT_CONFIDENCES = [0.95, 0.975, 0.99];

export const backtestRoutes: FastifyPluginAsyncTypebox<{ readonly backtests: BacktestJobs }> = async (
  app,
  { backtests },
) => {
  app.post(
    '/backtests',
    {
      config: { scope: 'write', idempotent: true },
      schema: {
        tags,
        security,
        summary: 'Queue a strictly out-of-sample backtest of one symbol',
        body: BacktestBody,
        response: responses({ 202: BacktestAccepted }),
      },
    },
    async (request, reply) => {
      const { symbol, interval = 'PT1H', confidence, forecasts, peers = true } = request.body;
      const intervalMs = parseDuration(interval);
      if (intervalMs === undefined || intervalMs === 0)
        throw new Problem('invalid-request', 'The interval is no duration', {
          errors: [{ path: '/interval', message: 'must be like PT5M, PT1H or P1D' }],
        });
      const asked = {
        symbol,
        intervalMs,
        confidences: confidence ?? DEFAULT_CONFIDENCES,
        ...(forecasts !== undefined && { forecasts }),
        peers,
      };
      const job = await backtests.submit(asked, callerOf(request));
      if (!job.ok) throw failureProblem(job);
      return reply.code(202).header('location', `/v1/backtests/${job.value}`).send({ id: job.value });
    },
  );

  app.get(
    '/backtests/:id',
    {
      schema: {
        tags,
        security,
        summary: 'One backtest: its state, and every test once it is done',
        params: Type.Object({ id: BacktestId }),
        response: responses({ 200: BacktestSchema }),
      },
    },
    async ({ params: { id } }) => {
      const view = await backtests.view(id);
      if (view === undefined) throw new Problem('not-found', `There is no backtest ${id}`);
      return wireForm(view);
    },
  );
};

function wireForm({ request, ...view }: BacktestView) {
  const { intervalMs, confidences, ...asked } = request;
  return {
    ...view,
    request: { ...asked, interval: formatDuration(intervalMs), confidence: [...confidences] },
    ...(view.result !== undefined && { result: { ...view.result } }),
  };
}
