import type { Reading, Writing } from './store.ts';

/** Values an audit entry may hold. A Secret is none of them. */
export type AuditFacts = Readonly<Record<string, string | number | boolean | readonly string[]>>;

export interface AuditEntry {
  readonly seq: number;
  readonly at: string;
  readonly who: string;
  readonly what: string;
  readonly facts: AuditFacts;
}

/** Adds a decision to the audit record. `what` is a short name such as `trusted-host-key`; `who` as `technician` gives it. */
export function audit(db: Writing, who: string, what: string, facts: AuditFacts, at: Date): void {
  db.run(
    'insert into audit (at, who, what, json) values (?, ?, ?, ?)',
    at.toISOString(),
    who,
    what,
    JSON.stringify(facts),
  );
}

/** All decisions in the order they were taken. */
export const audited = (db: Reading): readonly AuditEntry[] =>
  db
    .all<Omit<AuditEntry, 'facts'> & { readonly json: string }>(
      'select seq, at, who, what, json from audit order by seq',
    )
    .map(({ json, ...entry }) => ({ ...entry, facts: JSON.parse(json) as AuditFacts }));
