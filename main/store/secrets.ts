import type { Reading, Writing } from './store.ts';

export interface SealedSecret {
  readonly made_at: string;
  readonly note: string;
  readonly sealed: Uint8Array;
}

/** Newest first, by the order they were kept in: the laptop's clock may have been set back in between. */
export const sealedSecrets = (db: Reading, owner: string, kind: string): readonly SealedSecret[] =>
  db.all<SealedSecret>(
    'select made_at, note, sealed from secret where owner = ? and kind = ? order by rowid desc',
    owner,
    kind,
  );

export function addSealedSecret(db: Writing, owner: string, kind: string, secret: SealedSecret): void {
  db.run(
    'insert into secret (owner, kind, made_at, note, sealed) values (?, ?, ?, ?, ?)',
    owner,
    kind,
    secret.made_at,
    secret.note,
    secret.sealed,
  );
}

/** Forgets secrets of these kinds. Never called for tokens: they open snapshots long after a node is gone. */
export function dropSealedSecrets(db: Writing, owner: string, kinds: readonly string[]): void {
  for (const kind of kinds) db.run('delete from secret where owner = ? and kind = ?', owner, kind);
}
