/**
 * The Prime Directive: how it stands, what it asks, when it was broken, and a report over a window.
 * Flow: request -> engine/compliance-desk -> wire form
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { ComplianceDesk, ComplianceReport } from '#engine/compliance-desk.ts';
import type { ComplianceStatus } from '#engine/compliance-monitor.ts';
import { fromCursor, toCursor } from '../cursor.ts';
import { Problem } from '../problems.ts';
import { EpochMs, ReportSchema, RuleSchema, StatusSchema, ViolationSchema } from '../schemas/conscience.ts';
import { Cursor, Limit } from '../schemas/market.ts';
import { responses } from '../schemas/problem.ts';

const closed = { additionalProperties: false } as const;
const security = [{ bearer: [] }];
const tags = ['compliance'];
const DEFAULT_LIMIT = 100;
const DAY_MS = 86_400_000;

export const complianceRoutes: FastifyPluginAsyncTypebox<{ readonly desk: ComplianceDesk }> = async (
  app,
  { desk },
) => {
  const statusForm = ({ rules, ...status }: ComplianceStatus) => ({
    ...status,
    rules: rules.map((standing) => {
      const rule = desk.rules.find(({ id }) => id === standing.rule)!;
      return {
        ...standing,
        reasons: [...standing.reasons],
        target: rule.target,
        windowMs: rule.windowMs,
      };
    }),
  });

  app.get(
    '/compliance/status',
    {
      schema: {
        tags,
        security,
        summary: 'Every rule with target, actual and verdict',
        response: responses({ 200: StatusSchema }),
      },
    },
    (_request, reply) => {
      reply.header('cache-control', 'no-store');
      return statusForm(desk.status());
    },
  );

  app.get(
    '/compliance/rules',
    {
      schema: {
        tags,
        security,
        summary: 'What the directive asks',
        response: responses({ 200: Type.Object({ items: Type.Array(RuleSchema) }) }),
      },
    },
    () => ({ items: desk.rules.map((rule) => ({ ...rule })) }),
  );

  app.get(
    '/compliance/violations',
    {
      schema: {
        tags,
        security,
        summary: 'When rules were broken, newest first',
        querystring: Type.Object(
          {
            rule: Type.Optional(Type.String({ maxLength: 50 })),
            sinceMs: Type.Optional(EpochMs),
            cursor: Type.Optional(Cursor),
            limit: Type.Optional(Limit),
          },
          closed,
        ),
        response: responses({
          200: Type.Object({ items: Type.Array(ViolationSchema), nextCursor: Type.Optional(Type.String()) }),
        }),
      },
    },
    async ({ query: { cursor, limit = DEFAULT_LIMIT, ...filter } }) => {
      const before = cursor === undefined ? {} : { before: placeOf(fromCursor(cursor)) };
      const found = await desk.violations({ ...filter, ...before, limit });
      const last = found.at(-1);
      const more = found.length === limit && last !== undefined;
      return {
        items: found.map(violationForm),
        ...(more && { nextCursor: toCursor(`${last.atMs}:${last.id}`) }),
      };
    },
  );

  app.get(
    '/compliance/report',
    {
      config: { weight: 5 },
      schema: {
        tags,
        security,
        summary: 'Verdicts, time in each of them and violations over a window; a day where none is given',
        querystring: Type.Object({ sinceMs: Type.Optional(EpochMs) }, closed),
        response: responses({ 200: ReportSchema }),
      },
    },
    async ({ query: { sinceMs = Date.now() - DAY_MS } }) => {
      const { status, rules, violations, ...window } = await desk.report(sinceMs);
      return {
        ...window,
        status: statusForm(status),
        rules: rules.map((rule) => ({ ...rule })),
        violations: violations.map(violationForm),
      };
    },
  );
};

function violationForm({ actual, evidence, ...rest }: ComplianceReport['violations'][number]) {
  return {
    ...rest,
    ...(actual !== undefined && { actual }),
    evidence: JSON.parse(evidence) as Record<string, unknown>,
  };
}

function placeOf(key: string): { atMs: number; id: string } {
  const [, atMs, id] = /^(\d{1,16}):([\w-]{1,64})$/.exec(key) ?? [];
  if (id === undefined) throw new Problem('invalid-request', 'The cursor is of another list');
  return { atMs: Number(atMs), id };
}
