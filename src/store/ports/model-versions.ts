/**
 * Model versions with their particle clouds. Roles change only through `promote`, in one transaction, and
 * only under a fence no older than the newest seen for that model.
 */
export type ModelRole = 'champion' | 'challenger' | 'archived' | 'rejected';

export interface ModelVersion {
  readonly modelId: string;
  readonly version: string;
  readonly role: ModelRole;
  readonly createdMs: number;
  readonly promotedMs?: number;
  /** The version it was trained from or replaced. */
  readonly parent?: string;
  /** Lower-case hex SHA-256 of the cloud's bytes. */
  readonly hash: string;
  readonly cloudBytes: number;
  /** Canonical JSON: data window, seed, options, diagnostics, gate results. */
  readonly facts: string;
}

export interface NewModelVersion {
  readonly modelId: string;
  readonly version: string;
  readonly role: 'champion' | 'challenger' | 'rejected';
  readonly createdMs: number;
  readonly parent?: string;
  readonly facts: string;
}

export interface Promotion {
  readonly modelId: string;
  readonly version: string;
  readonly atMs: number;
  /** The lease fence under which the promotion is made. */
  readonly fence: number;
  /** Refused as `conflict` where the champion is another one. */
  readonly expectedChampion?: string;
  readonly facts?: string;
}

export type PromotionOutcome =
  | { readonly kind: 'promoted'; readonly former: string | undefined }
  | { readonly kind: 'already' }
  | { readonly kind: 'unknown-version' }
  | { readonly kind: 'stale-fence'; readonly newest: number }
  | { readonly kind: 'conflict'; readonly champion: string | undefined };

export interface ModelVersions {
  /** Keeps a version and its cloud; ignored where the same version with the same hash exists, throws on another hash. */
  add(version: NewModelVersion, cloud: Uint8Array): Promise<ModelVersion>;
  get(modelId: string, version: string): Promise<ModelVersion | undefined>;
  /** The cloud, its hash checked; undefined where none is kept. Throws where the bytes do not match their hash. */
  cloud(modelId: string, version: string): Promise<Uint8Array | undefined>;
  champion(modelId: string): Promise<ModelVersion | undefined>;
  champions(): Promise<readonly ModelVersion[]>;
  /** Newest first. */
  list(modelId: string, limit: number, beforeMs?: number): Promise<readonly ModelVersion[]>;
  modelIds(): Promise<readonly string[]>;
  promote(promotion: Promotion): Promise<PromotionOutcome>;
  setRole(modelId: string, version: string, role: 'archived' | 'rejected', facts?: string): Promise<void>;
}
