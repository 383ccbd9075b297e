/** Model versions, their clouds, and the one transaction that changes a champion. */
import { createHash } from 'node:crypto';
import type { Kysely, Transaction } from 'kysely';
import type {
  ModelRole,
  ModelVersion,
  ModelVersions,
  Promotion,
  PromotionOutcome,
} from '../ports/model-versions.ts';
import type { Tables } from '../schema.ts';
import { present } from './rows.ts';

function fromRow(row: Tables['modelVersions'] | undefined): ModelVersion | undefined {
  return row === undefined ? undefined : { ...present(row), role: row.role as ModelRole };
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Takes the fence for this model, or tells the newer one that was seen. Locks the model's row for the transaction. */
async function takeFence(
  transaction: Transaction<Tables>,
  { modelId, fence }: Promotion,
): Promise<number | undefined> {
  await transaction
    .insertInto('modelFences')
    .values({ modelId, fence })
    .onConflict((conflict) =>
      conflict.column('modelId').doUpdateSet({ fence }).where('modelFences.fence', '<=', fence),
    )
    .execute();
  const kept = await transaction
    .selectFrom('modelFences')
    .select('fence')
    .where('modelId', '=', modelId)
    .executeTakeFirstOrThrow();
  return kept.fence > fence ? kept.fence : undefined;
}

async function promote(transaction: Transaction<Tables>, promotion: Promotion): Promise<PromotionOutcome> {
  const { modelId, version, atMs } = promotion;
  const newest = await takeFence(transaction, promotion);
  if (newest !== undefined) return { kind: 'stale-fence', newest };
  const versions = transaction.selectFrom('modelVersions').where('modelId', '=', modelId);
  const champion = await versions.where('role', '=', 'champion').select('version').executeTakeFirst();
  const former = champion?.version;
  if (former === version) return { kind: 'already' };
  if (promotion.expectedChampion !== undefined && promotion.expectedChampion !== former)
    return { kind: 'conflict', champion: former };
  const next = await versions.where('version', '=', version).select('facts').executeTakeFirst();
  if (next === undefined) return { kind: 'unknown-version' };
  if (former !== undefined)
    await transaction
      .updateTable('modelVersions')
      .set({ role: 'archived' })
      .where('modelId', '=', modelId)
      .where('version', '=', former)
      .execute();
  await transaction
    .updateTable('modelVersions')
    .set({ role: 'champion', promotedMs: atMs, facts: promotion.facts ?? next.facts, parent: former ?? null })
    .where('modelId', '=', modelId)
    .where('version', '=', version)
    .execute();
  return { kind: 'promoted', former };
}

export function modelRepository(db: Kysely<Tables>): ModelVersions {
  const one = (modelId: string, version: string) =>
    db
      .selectFrom('modelVersions')
      .selectAll()
      .where('modelId', '=', modelId)
      .where('version', '=', version)
      .executeTakeFirst();
  return {
    async add(version, cloud) {
      const hash = sha256(cloud);
      await db.transaction().execute(async (transaction) => {
        const inserted = await transaction
          .insertInto('modelVersions')
          .values({
            ...version,
            parent: version.parent ?? null,
            promotedMs: version.role === 'champion' ? version.createdMs : null,
            hash,
            cloudBytes: cloud.byteLength,
          })
          .onConflict((conflict) => conflict.columns(['modelId', 'version']).doNothing())
          .executeTakeFirst();
        if (Number(inserted.numInsertedOrUpdatedRows ?? 0) === 0) return;
        await transaction
          .insertInto('modelClouds')
          .values({ modelId: version.modelId, version: version.version, bytes: cloud })
          .execute();
      });
      const kept = fromRow(await one(version.modelId, version.version));
      if (kept?.hash !== hash)
        throw new Error(`model version ${version.modelId}/${version.version} exists with another cloud`);
      return kept;
    },
    get: async (modelId, version) => fromRow(await one(modelId, version)),
    async cloud(modelId, version) {
      const row = await db
        .selectFrom('modelClouds')
        .innerJoin('modelVersions', (join) =>
          join
            .onRef('modelVersions.modelId', '=', 'modelClouds.modelId')
            .onRef('modelVersions.version', '=', 'modelClouds.version'),
        )
        .select(['modelClouds.bytes', 'modelVersions.hash'])
        .where('modelClouds.modelId', '=', modelId)
        .where('modelClouds.version', '=', version)
        .executeTakeFirst();
      if (row === undefined) return undefined;
      if (sha256(row.bytes) !== row.hash)
        throw new Error(`the kept cloud of ${modelId}/${version} does not match its hash`);
      // A copy: callers lay typed arrays over the bytes, which needs an aligned buffer of its own.
      return Uint8Array.from(row.bytes);
    },
    champion: async (modelId) =>
      fromRow(
        await db
          .selectFrom('modelVersions')
          .selectAll()
          .where('modelId', '=', modelId)
          .where('role', '=', 'champion')
          .executeTakeFirst(),
      ),
    champions: async () => {
      const rows = await db
        .selectFrom('modelVersions')
        .selectAll()
        .where('role', '=', 'champion')
        .orderBy('modelId')
        .execute();
      return rows.map((row) => fromRow(row) as ModelVersion);
    },
    async list(modelId, limit, beforeMs = Number.MAX_SAFE_INTEGER) {
      const rows = await db
        .selectFrom('modelVersions')
        .selectAll()
        .where('modelId', '=', modelId)
        .where('createdMs', '<', beforeMs)
        .orderBy('createdMs', 'desc')
        .orderBy('version', 'desc')
        .limit(limit)
        .execute();
      return rows.map((row) => fromRow(row) as ModelVersion);
    },
    modelIds: async () => {
      const rows = await db
        .selectFrom('modelVersions')
        .select('modelId')
        .distinct()
        .orderBy('modelId')
        .execute();
      return rows.map((row) => row.modelId);
    },
    promote: (promotion) => db.transaction().execute((transaction) => promote(transaction, promotion)),
    async setRole(modelId, version, role, facts) {
      await db
        .updateTable('modelVersions')
        .set(facts === undefined ? { role } : { role, facts })
        .where('modelId', '=', modelId)
        .where('version', '=', version)
        .where('role', '!=', 'champion')
        .execute();
    },
  };
}
