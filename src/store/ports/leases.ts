/**
 * Leases with fencing: at most one holder at a time, and every new holder gets a higher fence, so that a
 * former holder's late write can be told and refused. Expiry is judged by the database's clock.
 */
export interface Lease {
  readonly name: string;
  readonly holder: string;
  /** Strictly rising over acquisitions. */
  readonly fence: number;
  readonly expiresMs: number;
}

export interface Leases {
  /** The lease when it was free, expired, or already ours (then the fence stays); undefined when another holds it. */
  acquire(name: string, holder: string, ttlMs: number): Promise<Lease | undefined>;
  /** Extends a lease that is still ours and not expired; undefined when it is lost. */
  renew(lease: Lease, ttlMs: number): Promise<Lease | undefined>;
  release(lease: Lease): Promise<void>;
  current(name: string): Promise<Lease | undefined>;
  /** Leases in force whose names start so, by name. */
  held(prefix: string): Promise<readonly Lease[]>;
}
