import { basename, join } from 'node:path';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { SiteId } from '../../../preload/contract/ids.ts';
import type { PostWritten } from '../../../preload/contract/supply/post.ts';
import type { CallHandlers } from '../../bridge/handlers.ts';
import { bundleManifest } from '../../core/bundle-manifest.ts';
import { manifestName, signatureName } from '../../core/bundle-names.ts';
import { mostListBytes } from '../../core/checksums.ts';
import { signed } from '../../core/minisign.ts';
import { plainName } from '../../core/plain-name.ts';
import { safeName } from '../../core/stick-names.ts';
import { bundlesFolder, noteComment, noteName, notesFolder, noteText } from '../../core/supply/note.ts';
import type { Note } from '../../core/supply/note.ts';
import { placesOf } from './archive.ts';
import type { HqDeps } from './deps.ts';
import { signerFrom } from './keys.ts';

/** Writes a signed note to the technician onto a stick. */
export const sendNote =
  ({ files, clock, world, chance }: HqDeps): CallHandlers['hq.note'] =>
  async ({ to, signKey, title, text, site }): Promise<PostWritten> => {
    const key = await signerFrom(files, signKey);
    const note: Note = {
      format: 1,
      kind: 'coldstart-note',
      world,
      id: chance.uuid(),
      ...(site === undefined ? {} : { site }),
      at: clock.now().toISOString(),
      title: plainName(title, 'note'),
      text,
    };
    const content = noteText(note);
    const path = join(await stickAt(files, to), notesFolder, noteName(note.id));
    await files.makeFolder(join(to, notesFolder));
    await files.write(path, content, 0o644);
    await files.write(`${path}.minisig`, await signed(Buffer.from(content), key, noteComment(note)), 0o644);
    return { path, files: 2, bytes: Buffer.byteLength(content), leftOut: [], leftOutBytes: 0 };
  };

async function stickAt(files: HqDeps['files'], to: string): Promise<string> {
  if ((await files.stat(to))?.kind === 'folder') return files.real(to);
  throw new FieldError({
    code: 'no-such-thing',
    says: 'There is no such folder to write to. Coldstart makes none, because an unplugged stick would look like an empty folder.',
    about: to,
    untouched: 'Nothing was written.',
    next: 'See that the stick is plugged in and mounted.',
  });
}

/** Bundle files that a site had by the newest of its exports in the archive. */
async function heldBySite(
  { files }: HqDeps,
  archive: string | undefined,
  site: SiteId | undefined,
): Promise<ReadonlySet<string>> {
  if (archive === undefined || site === undefined) return new Set();
  const folder = join(placesOf(archive).sites, site);
  if ((await files.stat(folder))?.kind !== 'folder') return new Set();
  const newest = (await files.list(folder))
    .map(({ name }) => name)
    .filter(name => /^\d{6}-/.test(name))
    .toSorted()
    .at(-1);
  const sheet = newest === undefined ? undefined : join(folder, newest, 'inventory', 'inventory.json');
  if (sheet === undefined || !(await files.stat(sheet))) return new Set();
  const { bundles = [] } = JSON.parse(
    Buffer.from(await files.read(sheet, 64 * 1024 * 1024)).toString('utf8'),
  ) as { readonly bundles?: readonly { readonly files?: readonly string[] }[] };
  return new Set(bundles.flatMap(each => each.files ?? []));
}

/**
 * Puts a bundle onto a stick: its manifest with the signature, and those files the site does not have by its last
 * inventory. Every file is hashed on its way against the manifest.
 */
export const sendBundle =
  (deps: HqDeps): CallHandlers['hq.bundle'] =>
  async ({ to, bundle, at, site }, { signal, progress }): Promise<PostWritten> => {
    const { files, work } = deps;
    const stick = await stickAt(files, to);
    const refused = (
      code: 'bad-signature' | 'damaged' | 'no-such-thing',
      says: string,
      next: string,
    ): FieldError =>
      new FieldError({ code, says, about: bundle, untouched: 'No bundle was finished on the stick.', next });
    for (const name of [manifestName, signatureName])
      if ((await files.stat(join(bundle, name)))?.kind !== 'file')
        throw refused(
          'bad-signature',
          `${name} is missing: only a signed bundle can be sent in part.`,
          'Sign the manifest first, as the README of the bundle tells.',
        );
    const { sums } = bundleManifest(
      Buffer.from(await files.read(join(bundle, manifestName), mostListBytes)).toString('utf8'),
    );
    const held = await heldBySite(deps, at, site);
    const folder = join(stick, bundlesFolder, safeName(basename(bundle)));
    await files.makeFolder(folder);
    const leftOut: string[] = [];
    let [count, bytes, leftOutBytes] = [0, 0, 0];
    for (const [name, sha256] of sums) {
      const from = join(bundle, name);
      const stat = await files.stat(from);
      if (stat?.kind !== 'file')
        throw refused(
          'no-such-thing',
          `${name} is in the manifest but not in the folder.`,
          'Complete the bundle first.',
        );
      if (held.has(sha256)) {
        leftOut.push(name);
        leftOutBytes += stat.bytes;
        continue;
      }
      const copied = await work.carry(from, join(folder, name), {
        signal,
        onProgress: done => progress({ what: `Writing ${name}`, done, total: stat.bytes, unit: 'bytes' }),
      });
      if (copied.sha256 !== sha256) {
        await files.remove(join(folder, name));
        throw refused(
          'damaged',
          `${name} is not what the manifest says.`,
          'Get this file again, then send the bundle once more.',
        );
      }
      count += 1;
      bytes += stat.bytes;
    }
    // What makes it a bundle comes last.
    for (const name of [signatureName, manifestName])
      await work.carry(join(bundle, name), join(folder, name), { signal });
    await files.syncFolder(folder);
    return { path: folder, files: count + 2, bytes, leftOut, leftOutBytes };
  };
