/** The share of answers with an entry each, and the digest over all of them. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { RiskAnswer } from '#domain/measure/risk-answer.ts';
import { AnswerAudit } from '#engine/audit-answers.ts';
import type { AuditDraft } from '#engine/audit-trail.ts';

const answer = (turn: number) =>
  ({
    lineageId: `L${turn}`,
    model: { id: 'pool', version: 'v' },
    provenance: 'synthetic',
    quality: { status: 'fresh' },
    dataAsOfMs: 1,
    results: [{ confidence: 0.99, horizonMs: 60_000, var: { estimate: turn }, es: { estimate: turn + 1 } }],
  }) as unknown as RiskAnswer;

async function audited(share: number, answers: number) {
  const drafts: AuditDraft[] = [];
  const lost: number[] = [];
  let broken = false;
  const audit = new AnswerAudit({
    trail: {
      async record(draft) {
        if (broken) throw new Error('no room');
        drafts.push(draft);
      },
    },
    share,
    sampleEvery: 4,
    windowMs: 3_600_000,
    now: () => 7,
    onLost: (count) => lost.push(count),
  });
  for (let turn = 0; turn < answers; turn++)
    await audit.record(answer(turn), { actor: 'token:a', requestId: `r${turn}` });
  return {
    audit,
    drafts,
    lost,
    breakTrail() {
      broken = true;
    },
  };
}

describe('auditing of answers', () => {
  it('writes an entry for every answer at a share of one, and no digest', async () => {
    const { audit, drafts } = await audited(1, 3);
    await audit.flush();
    expect(drafts.map(({ action, subject }) => `${action} ${subject}`)).toEqual([
      'var.answered L0',
      'var.answered L1',
      'var.answered L2',
    ]);
  });

  it('below one covers all answers by a digest that whoever has them can prove', async () => {
    const { audit, drafts } = await audited(0.25, 8);
    expect(drafts.map(({ subject }) => subject)).toEqual(['L3', 'L7']);
    await audit.flush();
    const text = Array.from({ length: 8 }, (_, turn) => {
      const figures = JSON.stringify([[0.99, 60_000, turn, turn + 1]]);
      return `r${turn}\ntoken:a\nL${turn}\n${figures}\n`;
    }).join('');
    expect(drafts.at(-1)).toMatchObject({
      action: 'var.digest',
      details: {
        answers: 8,
        sha256: createHash('sha256').update(text).digest('hex'),
        lineageIds: ['L0', 'L4'],
      },
    });
  });

  it('reports every answer of a digest that could not be kept', async () => {
    const { audit, lost, breakTrail } = await audited(0, 5);
    breakTrail();
    await audit.flush();
    expect(lost).toEqual([5]);
  });
});
