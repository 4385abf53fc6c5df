import { join } from 'node:path';
import type { World } from '../../../preload/contract/domain.ts';
import { failureOf } from '../../../preload/contract/failure.ts';
import type { SiteId } from '../../../preload/contract/ids.ts';
import type { ReceiptSeen } from '../../../preload/contract/supply/exports.ts';
import type { HqNote, PostTaken } from '../../../preload/contract/supply/post.ts';
import type { TrustOffer } from '../../../preload/contract/supply/keys.ts';
import { manifestName } from '../../core/bundle-names.ts';
import { isKeyListName } from '../../core/supply/key-list.ts';
import {
  bundlesFolder,
  isNoteName,
  keyListsFolder,
  mostNoteBytes,
  noteIn,
  notesFolder,
} from '../../core/supply/note.ts';
import { fromHqFolder } from '../../core/supply/receipt.ts';
import type { Clock, Files } from '../../ports.ts';
import { audit } from '../../store/audit.ts';
import { addNote, noteById } from '../../store/notes.ts';
import { technician } from '../../store/settings.ts';
import type { Store } from '../../store/store.ts';
import { signedByHeadquarters } from '../keys/signed-by.ts';
import type { TrustedKeys } from '../keys/trusted.ts';

export interface PostDeps {
  readonly store: Store;
  readonly files: Files;
  readonly clock: Clock;
  readonly world: World;
  readonly trusted: TrustedKeys;
  readonly takeReceipts: (from: string) => Promise<readonly ReceiptSeen[]>;
  /** What a key list would change; throws where it is not to be trusted. */
  readonly look: (path: string) => Promise<TrustOffer>;
}

/** Looks through everything headquarters put onto a stick. Each thing is judged by itself; the stick is left as it is. */
export async function takePost(deps: PostDeps, from: string): Promise<PostTaken> {
  const receipts = await deps.takeReceipts(from);
  const notes: PostTaken['notes'][number][] = [];
  for (const path of await filesIn(deps.files, join(from, notesFolder), isNoteName))
    notes.push(await noteTaken(deps, path));
  const keyLists: PostTaken['keyLists'][number][] = [];
  const lists = [fromHqFolder, keyListsFolder].map(each =>
    filesIn(deps.files, join(from, each), isKeyListName),
  );
  for (const path of (await Promise.all(lists)).flat()) keyLists.push(await keyListSeen(deps, path));
  return { receipts, notes, keyLists, bundles: await bundlesIn(deps.files, join(from, bundlesFolder)) };
}

async function filesIn(
  files: Files,
  folder: string,
  wanted: (name: string) => boolean,
): Promise<readonly string[]> {
  if ((await files.stat(folder))?.kind !== 'folder') return [];
  return (await files.list(folder))
    .filter(({ name, stat }) => stat.kind === 'file' && wanted(name))
    .map(({ name }) => join(folder, name));
}

async function bundlesIn(files: Files, folder: string): Promise<PostTaken['bundles']> {
  if ((await files.stat(folder))?.kind !== 'folder') return [];
  const found: PostTaken['bundles'][number][] = [];
  for (const { name, stat } of await files.list(folder))
    if (stat.kind === 'folder' && (await files.stat(join(folder, name, manifestName))))
      found.push({ path: join(folder, name), name });
  return found;
}

/** In a sentence why something was not taken. A fault of ours is none. */
function refusal(thrown: unknown): string {
  const failure = failureOf(thrown);
  if (failure.code === 'bug') throw thrown;
  return [failure.says, failure.next].filter(Boolean).join(' ');
}

async function noteTaken(deps: PostDeps, path: string): Promise<PostTaken['notes'][number]> {
  const { store, clock, world } = deps;
  try {
    const { text, key } = await signedByHeadquarters(deps, path, 'note', mostNoteBytes);
    const { id, site, at, title, text: says, world: from } = noteIn(text, path);
    if (from !== world)
      return {
        path,
        is: 'refused',
        says: world === 'real' ? 'This is a practice note.' : 'This is no practice note.',
      };
    const known = store.read(db => noteById(db, id));
    if (known) return { path, is: 'known', note: known, says: 'This note was taken before.' };
    const note: HqNote = {
      id,
      ...(site === undefined ? {} : { site: site as SiteId }),
      at,
      title,
      text: says,
      key,
      takenAt: clock.now().toISOString(),
    };
    store.write(db => {
      addNote(db, note);
      audit(db, technician(db), 'took-note', { note: id, key, title }, clock.now());
    });
    return { path, is: 'new', note, says: `A note of ${at.slice(0, 10)}: ${title}` };
  } catch (thrown) {
    return { path, is: 'refused', says: refusal(thrown) };
  }
}

async function keyListSeen(deps: PostDeps, path: string): Promise<PostTaken['keyLists'][number]> {
  try {
    const { serial, changes } = await deps.look(path);
    const known = deps.trusted.list()?.serial === serial;
    return {
      path,
      is: known ? 'known' : 'newer',
      ...(serial === undefined ? {} : { serial }),
      changes,
      says: known
        ? 'This key list was taken before.'
        : `A newer key list, serial ${serial}. Look at what it changes, then take it.`,
    };
  } catch (thrown) {
    return { path, is: 'refused', changes: [], says: refusal(thrown) };
  }
}
