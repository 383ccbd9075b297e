/** Audit entries in memory, for tests that tamper with them or make them fail. */
import type { AuditEntries, AuditRow } from '#store/ports/audit-entries.ts';

export interface MemoryAudit extends AuditEntries {
  rows: AuditRow[];
  /** Called before every append; may throw. */
  onAppend: () => void | Promise<void>;
}

export function memoryAudit(): MemoryAudit {
  const last = (chain: string): AuditRow | undefined => memory.rows.findLast((row) => row.chain === chain);
  const memory: MemoryAudit = {
    rows: [],
    onAppend: () => {},
    async append(rows) {
      await memory.onAppend();
      memory.rows.push(...rows);
    },
    head: async (chain) => last(chain),
    heads: async () => [...new Set(memory.rows.map(({ chain }) => chain))].map((chain) => last(chain)!),
    checkpoints: async () => [],
    read: async (chain, fromSeq, limit) =>
      memory.rows
        .filter((row) => row.chain === chain && row.seq >= fromSeq)
        .sort((a, b) => a.seq - b.seq)
        .slice(0, limit),
    search: async () => [],
  };
  return memory;
}
