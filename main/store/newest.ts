import type { Reading } from './store.ts';

/** The latest moment any record of this home was written at; the laptop's clock cannot truly be before it. */
export function newestEntry(db: Reading): Date | undefined {
  const row = db.one<{ at: string | null }>(`
    select max(at) as at from (
      select max(at) as at from audit
      union all select max(at) from run_event
      union all select max(started_at) from run
      union all select max(pulled_at) from snapshot
      union all select max(imported_at) from bundle
      union all select max(at) from export
    )`);
  const at = new Date(row?.at ?? '');
  return Number.isNaN(at.getTime()) ? undefined : at;
}
