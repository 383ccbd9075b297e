/**
 * Tables as Kysely sees them (camelCase here, snake_case in the database, by CamelCasePlugin).
 * Portable between SQLite and PostgreSQL: text, bigint (read as number), double, blob; booleans are 0 or 1;
 * lists and objects are JSON text. Columns named `sealed` hold AES-256-GCM ciphertext.
 */
export interface Tables {
  modelVersions: {
    modelId: string;
    version: string;
    role: string;
    createdMs: number;
    promotedMs: number | null;
    parent: string | null;
    hash: string;
    cloudBytes: number;
    facts: string;
  };
  modelClouds: { modelId: string; version: string; bytes: Uint8Array };
  modelFences: { modelId: string; fence: number };
  trainingJobs: {
    id: string;
    modelId: string;
    trigger: string;
    state: string;
    createdMs: number;
    startedMs: number | null;
    finishedMs: number | null;
    progress: number;
    holder: string | null;
    fence: number | null;
    attempts: number;
    request: string;
    result: string | null;
    error: string | null;
  };
  forecasts: {
    symbol: string;
    intervalMs: number;
    openTimeMs: number;
    issuedMs: number;
    modelVersion: string;
    provenance: string;
    confidences: string;
    var: string;
    es: string;
    law: string;
    scoredMs: number | null;
    logReturn: number | null;
    pit: number | null;
  };
  complianceTransitions: {
    id: string;
    rule: string;
    instance: string;
    atMs: number;
    from: string;
    to: string;
    actual: number | null;
    target: number;
    evidence: string;
    escalated: number;
  };
  auditEntries: AuditTable;
  auditHeads: { chain: string; seq: number; hash: string };
  auditCheckpoints: { chain: string; seq: number; hash: string; prunedMs: number };
  portfolios: {
    id: string;
    name: string;
    currency: string;
    rev: number;
    createdMs: number;
    updatedMs: number;
    keyId: string;
    sealed: string;
  };
  riskPoints: {
    portfolioId: string;
    atMs: number;
    rev: number;
    confidence: number;
    horizonMs: number;
    value: number;
    var: number;
    es: number;
    modelVersion: string;
    lineageId: string;
  };
  lineages: { id: string; atMs: number; modelVersion: string; keyId: string; sealed: string };
  lineagePages: {
    chain: string;
    seq: number;
    atMs: number;
    lineageIds: string;
    keyId: string;
    sealed: string;
  };
  modelBases: { id: string; modelId: string; createdMs: number; image: Uint8Array; bars: string };
  seenBars: {
    instance: string;
    symbol: string;
    intervalMs: number;
    openTimeMs: number;
    open: number;
    high: number;
    low: number;
    close: number;
    volume: number;
    trades: number;
    realisedVariance: number | null;
    complete: number;
  };
  publishedEpochs: { id: string; createdMs: number; recipe: string };
  tokens: {
    id: string;
    hash: string;
    name: string;
    scopes: string;
    createdMs: number;
    createdBy: string;
    expiresMs: number | null;
    revokedMs: number | null;
  };
  idempotencyKeys: {
    caller: string;
    key: string;
    fingerprint: string;
    claimedMs: number;
    expiresMs: number;
    status: number | null;
    keyId: string | null;
    sealed: string | null;
  };
  leases: { name: string; holder: string; fence: number; expiresMs: number };
}

interface AuditTable {
  chain: string;
  seq: number;
  atMs: number;
  actor: string;
  action: string;
  subject: string;
  outcome: string;
  correlationId: string;
  details: string;
  previousHash: string;
  hash: string;
}
