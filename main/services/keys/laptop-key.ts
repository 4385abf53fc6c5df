import type { KeyShown } from '../../../preload/contract/supply/keys.ts';
import { newSecretKey, publicKey, publicKeyLine, publicKeyText } from '../../core/minisign.ts';
import type { PublicKey, SecretKey } from '../../core/minisign.ts';
import type { Chance, Clock, Vault } from '../../ports.ts';
import { audit } from '../../store/audit.ts';
import { addSealedSecret, sealedSecrets } from '../../store/secrets.ts';
import { technician } from '../../store/settings.ts';
import type { Store } from '../../store/store.ts';

export interface LaptopKeyDeps {
  readonly store: Store;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly chance: Chance;
}

const [owner, kind] = ['laptop', 'signing-key'];
const purpose = (id: string): string => `signing key ${id} of this laptop`;

/** The key that signs this laptop's bags: its secret half lies in the vault, its public half in the open. */
export interface LaptopKey {
  /** Newest first. Needs no vault. */
  shown(): readonly KeyShown[];
  /** The key to sign with; made on first use. Throws `vault-locked`. */
  current(): Promise<SecretKey>;
  /** Makes another one, which headquarters has to enrol. Throws `vault-locked`. */
  rotate(): Promise<SecretKey>;
}

export function laptopKey({ store, vault, clock, chance }: LaptopKeyDeps): LaptopKey {
  const kept = (): readonly { key: PublicKey; since: string; sealed: Uint8Array }[] =>
    store
      .read(db => sealedSecrets(db, owner, kind))
      .flatMap(({ made_at: since, note, sealed }) => {
        const key = publicKey(note);
        return key ? [{ key, since, sealed }] : [];
      });

  const make = async (): Promise<SecretKey> => {
    const key = await newSecretKey(chance.bytes(32), chance.bytes(8));
    const sealed = vault.seal(key.secret, purpose(key.id));
    const now = clock.now();
    store.write(db => {
      addSealedSecret(db, owner, kind, { made_at: uniqueAt(kept(), now), note: publicKeyText(key), sealed });
      audit(db, technician(db), 'made-signing-key', { key: key.id }, now);
    });
    return key;
  };

  return {
    shown: () => kept().map(({ key, since }) => ({ id: key.id, key: publicKeyLine(key), since })),
    async current() {
      const [newest] = kept();
      if (!newest) return make();
      return { ...newest.key, secret: vault.open(newest.sealed, purpose(newest.key.id)) };
    },
    rotate: make,
  };
}

/** A date no other key has: they are told apart by it, and the laptop's clock may have been set back. */
function uniqueAt(kept: readonly { readonly since: string }[], now: Date): string {
  const taken = new Set(kept.map(each => each.since));
  let at = now;
  while (taken.has(at.toISOString())) at = new Date(at.getTime() + 1);
  return at.toISOString();
}
