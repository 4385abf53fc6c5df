import { FieldError } from '../../../preload/contract/failure.ts';
import type { NodeId, SiteId } from '../../../preload/contract/ids.ts';
import { Secret } from '../../core/secret.ts';
import type { Clock, Vault } from '../../ports.ts';
import { addSealedSecret, sealedSecrets } from '../../store/secrets.ts';
import type { SealedSecret } from '../../store/secrets.ts';
import type { Store } from '../../store/store.ts';
import type { KeptSecret, KeptSecrets, SecretKind } from './nodes.ts';

/** Bound into the seal, so an entry copied onto another owner, kind or date does not open. */
const purpose = (owner: string, kind: SecretKind, madeAt: string): string =>
  `secret ${kind} of ${owner} made ${madeAt}`;

/** The history of secrets in the store, sealed by the vault. Throws `vault-locked` for whatever needs the vault. */
export function keptSecrets(deps: {
  readonly store: Store;
  readonly vault: Vault;
  readonly clock: Clock;
}): KeptSecrets & { has(owner: SiteId | NodeId, kind: SecretKind): boolean } {
  const { store, vault, clock } = deps;
  type Owner = SiteId | NodeId;
  const rows = (owner: Owner, kind: SecretKind) => store.read(db => sealedSecrets(db, owner, kind));
  const opened = (owner: Owner, kind: SecretKind, row: SealedSecret): KeptSecret => ({
    madeAt: row.made_at,
    note: row.note,
    secret: new Secret(
      Buffer.from(vault.open(row.sealed, purpose(owner, kind, row.made_at))).toString('utf8'),
    ),
  });

  return {
    has: (owner, kind) => rows(owner, kind).length > 0,
    history(owner, kind) {
      const tried = rows(owner, kind).map(row => orDamage(() => opened(owner, kind, row)));
      const sound = tried.filter((one): one is KeptSecret => !(one instanceof FieldError));
      if (sound.length === 0 && tried[0] instanceof FieldError) throw tried[0];
      return sound;
    },
    latest(owner, kind) {
      const [newest] = rows(owner, kind);
      return newest && opened(owner, kind, newest);
    },
    keep(owner, kind, secret, note) {
      const before = rows(owner, kind);
      const [row] = before;
      const newest = row && orDamage(() => opened(owner, kind, row));
      const isSame = newest && !(newest instanceof FieldError) && newest.secret.reveal() === secret.reveal();
      if (isSame && newest.note === note) return;
      const taken = new Set(before.map(row => row.made_at));
      const madeAt = freeMoment(clock.now(), taken);
      const sealed = vault.seal(Buffer.from(secret.reveal(), 'utf8'), purpose(owner, kind, madeAt));
      store.write(db => {
        addSealedSecret(db, owner, kind, { made_at: madeAt, note, sealed });
      });
    },
  };
}

/** An old entry that does not open any more must not keep new ones out. */
function orDamage<T>(open: () => T): T | FieldError {
  try {
    return open();
  } catch (thrown) {
    if (thrown instanceof FieldError && thrown.failure.code === 'damaged') return thrown;
    throw thrown;
  }
}

/** Two secrets kept in one millisecond, or after the clock was set back, still get moments of their own. */
function freeMoment(now: Date, taken: ReadonlySet<string>): string {
  let at = now;
  while (taken.has(at.toISOString())) at = new Date(at.getTime() + 1);
  return at.toISOString();
}
