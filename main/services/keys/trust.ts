import { basename } from 'node:path';
import type { World } from '../../../preload/contract/domain.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { TrustOffer } from '../../../preload/contract/supply/keys.ts';
import { publicKey, publicKeyLine, signature, signatureHolds } from '../../core/minisign.ts';
import type { PublicKey } from '../../core/minisign.ts';
import { changes, keyListIn, mostKeyListBytes } from '../../core/supply/key-list.ts';
import type { KeyList } from '../../core/supply/key-list.ts';
import type { Clock, Files } from '../../ports.ts';
import { audit } from '../../store/audit.ts';
import { addKeyList, pinnedRoot, pinRoot } from '../../store/keys.ts';
import { technician } from '../../store/settings.ts';
import type { Store } from '../../store/store.ts';
import type { TrustedKeys } from './trusted.ts';

export interface TrustDeps {
  readonly store: Store;
  readonly files: Files;
  readonly clock: Clock;
  readonly world: World;
  readonly trusted: TrustedKeys;
  /** In practice the shipped key stands for the root. */
  readonly practiceRoot: PublicKey | undefined;
}

/** What a file offers: a root key to be pinned, or a key list whose signature held. */
type Offered =
  | { readonly is: 'root'; readonly key: PublicKey; readonly offer: TrustOffer }
  | {
      readonly is: 'list';
      readonly list: KeyList;
      readonly text: string;
      readonly signature: string;
      readonly offer: TrustOffer;
    };

const stays = 'The keys this laptop trusts stay as they were.';

const refused = (
  code: 'bad-ask' | 'bad-signature' | 'refused' | 'no-such-thing' | 'practice-only',
  says: string,
  about: string,
  next: string,
): FieldError => new FieldError({ code, says, about, untouched: stays, next });

/** Reads what lies at a path and says what trusting it would change. Changes nothing. */
export async function offered(deps: TrustDeps, path: string): Promise<Offered> {
  const { files, store } = deps;
  if ((await files.stat(path))?.kind !== 'file')
    throw refused('no-such-thing', 'There is no such file.', path, 'Name the key file of headquarters.');
  const text = Buffer.from(await files.read(path, mostKeyListBytes)).toString('utf8');
  const key = publicKey(text);
  if (key) return { is: 'root', key, offer: rootOffer(store.read(pinnedRoot)?.key, key) };
  const signed = `${path}.minisig`;
  if ((await files.stat(signed))?.kind !== 'file')
    throw refused(
      'bad-signature',
      'This is neither a minisign public key nor a key list with its signature beside it.',
      path,
      `A key list comes with ${basename(signed)} in the same folder.`,
    );
  const signatureText = Buffer.from(await files.read(signed, 4096)).toString('utf8');
  const list = await listOf(deps, path, text, signatureText);
  const before = deps.trusted.list();
  return {
    is: 'list',
    list,
    text,
    signature: signatureText,
    offer: { is: 'list', serial: list.serial, changes: changes(before, list) },
  };
}

function rootOffer(before: string | undefined, key: PublicKey): TrustOffer {
  const old = before === undefined ? undefined : publicKey(before);
  return {
    is: 'root',
    typed: key.id,
    changes: [
      ...(old && old.id !== key.id
        ? [`Root key removed: ${old.id}. Key lists it signed count no longer.`]
        : []),
      ...(old?.id === key.id ? [] : [`Root key added: ${key.id}`]),
    ],
  };
}

/** The list, when its signature holds under the root key and nothing newer was taken. */
async function listOf(
  { store, world, trusted, practiceRoot }: TrustDeps,
  path: string,
  text: string,
  signatureText: string,
): Promise<KeyList> {
  const pinned = store.read(pinnedRoot);
  const root = (pinned && publicKey(pinned.key)) ?? practiceRoot;
  if (!root)
    throw refused(
      'refused',
      'No root key of headquarters is known here, so nobody can say whether this key list is genuine.',
      path,
      'First trust the root key that headquarters gave you before you left: coldstart keys trust ROOT.pub',
    );
  const made = signature(signatureText);
  if (!made || made.keyId !== root.id || !(await signatureHolds(Buffer.from(text), made, root)))
    throw refused(
      'bad-signature',
      made && made.keyId !== root.id
        ? `The key list is signed by key ${made.keyId}, and the root key of headquarters is ${root.id}.`
        : `The key list is not what root key ${root.id} signed: it, or its signature, was changed.`,
      path,
      'Do not use this list. Tell headquarters what stood here.',
    );
  const list = keyListIn(text, path);
  if (list.world !== world)
    throw refused(
      'practice-only',
      world === 'real' ? 'This key list is for practice.' : 'This key list is not for practice.',
      path,
      'Take it in its own world.',
    );
  const before = trusted.list();
  if (before && list.serial < before.serial)
    throw refused(
      'refused',
      `This key list has serial ${list.serial}, and ${before.serial} was taken already: somebody may be playing back an old one.`,
      path,
      'Ask headquarters for the newest list.',
    );
  if (before && list.serial === before.serial && changes(before, list).length > 0)
    throw refused(
      'refused',
      `Another key list with the same serial ${list.serial} was taken already.`,
      path,
      'Ask headquarters to sign the list again, with a higher serial.',
    );
  return list;
}

/** Takes what a file offers. A root key is taken only when its id was typed. */
export async function trust(deps: TrustDeps, path: string, typed: string | undefined): Promise<TrustOffer> {
  const { store, clock } = deps;
  const found = await offered(deps, path);
  const at = clock.now();
  if (found.is === 'root') {
    // minisign prints ids without the zeros they begin with.
    if (typed?.trim().toUpperCase().padStart(16, '0') !== found.key.id)
      throw new FieldError({
        code: 'consent-needed',
        says: `Root key ${found.key.id} would decide which keys of headquarters count from now on.`,
        about: path,
        untouched: stays,
        next: `Compare it with what headquarters tells you on another way, then type it: ${found.key.id}.`,
        facts: { typed: found.key.id },
      });
    store.write(db => {
      if (publicKey(pinnedRoot(db)?.key ?? '')?.id !== found.key.id)
        pinRoot(db, { key: publicKeyLine(found.key), pinnedAt: at.toISOString() });
      audit(db, technician(db), 'trusted-root-key', { key: found.key.id }, at);
    });
    return found.offer;
  }
  const { list } = found;
  if (deps.trusted.list()?.serial !== list.serial)
    store.write(db => {
      addKeyList(db, {
        serial: list.serial,
        takenAt: at.toISOString(),
        text: found.text,
        signature: found.signature,
      });
      const facts = { serial: list.serial, changes: found.offer.changes };
      audit(db, technician(db), 'took-key-list', facts, at);
    });
  return found.offer;
}
