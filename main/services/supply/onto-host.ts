import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import type { BagCheck, SiteNode } from '../../../preload/contract/domain.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { NodeId } from '../../../preload/contract/ids.ts';
import { mebibytes } from '../../core/bag-space.ts';
import type { BagFile } from '../../core/bagit.ts';
import { script } from '../../core/sh.ts';
import type { Sh } from '../../core/sh.ts';
import { partialName } from '../../core/stick-names.ts';
import { tar } from '../../core/tar.ts';
import type { Exit, Link, OnProgress, Source } from '../../ports.ts';
import type { SupplyDeps } from './deps.ts';
import { bagFiles, keepSpooled, spooledPath, tagManifestOf } from './spool.ts';
import type { Spooled } from './spool.ts';
import { telling } from './telling.ts';

/** A folder on another machine that takes exports: a site without sticks, with a wire. */
export interface HostPlace {
  readonly node: NodeId;
  readonly path: string;
}

const quickMs = 60_000;
const hashingMs = 30 * 60_000;
/** Room beyond the bag itself. */
const margin = 16 * 1024 * 1024;

// `df -P` counts in blocks of 1024 bytes with -k; the fourth column of its last line is what an ordinary account may use.
const roomScript = `if [ ! -d "$1" ]; then echo missing; elif [ ! -w "$1" ]; then echo closed; else df -Pk -- "$1" | awk 'END { print "free", $4 }'; fi`;
const foldersScript = `umask 077; for f; do mkdir -p -- "$f" || exit 1; done`;
// Everything is hashed again where it lies; both manifests together name every file but the tag manifests.
const checkScript = `cd -- "$1" && sha256sum -c manifest-sha256.txt >/dev/null && sha256sum -c tagmanifest-sha256.txt >/dev/null && sha256sum tagmanifest-sha256.txt`;
const finishScript = `if [ -e "$2" ]; then exit 17; fi; mv -- "$1" "$2" && { sync -f "$2" 2>/dev/null || sync; }`;

/** Whose name and folder, as it is told and kept. */
export const hostPath = (node: Pick<SiteNode, 'name'>, path: string): string => `${node.name}:${path}`;

/**
 * Brings a sealed export to a folder of another machine over its link: each file resumable and compared by SHA-256, all of it
 * hashed again there under its partial name, then renamed. That the medium holds it is not proven from afar.
 */
export async function ontoHost(
  deps: SupplyDeps,
  record: Spooled,
  { node: id, path }: HostPlace,
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<Spooled> {
  const node = deps.nodes.get(id);
  if (!path.startsWith('/'))
    throw new FieldError({
      code: 'bad-ask',
      says: 'The folder on the other machine is named by its full path.',
      about: path,
      untouched: 'Nothing was written.',
      next: 'Name it from the root.',
    });
  return deps.nodes.withLink(id, signal, async link => {
    const run = (command: Sh, timeoutMs = quickMs): Promise<Exit> =>
      link.exec(command, { signal, timeoutMs });
    const final = posix.join(path, record.bag);
    const partial = posix.join(path, partialName(record.bag));
    const begun = { ...record, begunIn: [...new Set([...record.begunIn, hostPath(node, path)])] };
    await keepSpooled(deps.files, deps.home.spool, begun);
    const files = bagFiles(begun);
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    const folders = [...new Set(files.map(file => posix.dirname(posix.join(partial, file.path))))];
    const done = await checkedThere(run, final, begun);
    if (!done) {
      await requireRoomThere(run, path, bytes);
      const made = await run(script(foldersScript, partial, ...folders));
      if (made.code !== 0) throw notThere(hostPath(node, path), made.stderr);
      await bring(deps, link, begun, partial, signal, onProgress);
      if (!(await checkedThere(run, partial, begun)))
        throw new FieldError({
          code: 'damaged',
          says: 'The other machine gave back other bytes than were sent to it.',
          about: hostPath(node, partial),
          untouched: 'The bag stays marked .partial there; the sealed files are kept on this laptop.',
          next: 'Send it again. If it happens twice, look at the disk of that machine.',
        });
      const moved = await run(script(finishScript, partial, final), hashingMs);
      if (moved.code !== 0) throw notThere(hostPath(node, final), moved.stderr);
    }
    const check: BagCheck = {
      path: hostPath(node, final),
      complete: true,
      files: files.length,
      bytes,
      readBack: 'medium-not-proven',
      problems: [],
    };
    return { ...begun, check };
  });
}

/** Whether exactly this bag lies whole in a folder there. */
async function checkedThere(
  run: (command: Sh, timeoutMs?: number) => Promise<Exit>,
  folder: string,
  record: Spooled,
): Promise<boolean> {
  const { code, stdout } = await run(script(checkScript, folder), hashingMs);
  return code === 0 && stdout.startsWith(tagManifestOf(record).sha256);
}

async function requireRoomThere(
  run: (command: Sh) => Promise<Exit>,
  path: string,
  bytes: number,
): Promise<void> {
  const { stdout } = await run(script(roomScript, path));
  const refused = (
    code: 'no-such-thing' | 'not-writable' | 'space-short',
    says: string,
    next: string,
  ): FieldError => new FieldError({ code, says, about: path, untouched: 'Nothing was written.', next });
  if (/^missing/m.test(stdout))
    throw refused(
      'no-such-thing',
      'There is no such folder on that machine.',
      'Make it there, or name another one.',
    );
  if (/^closed/m.test(stdout))
    throw refused(
      'not-writable',
      'This account may not write into that folder.',
      'Give it the folder, or name another one.',
    );
  const free = Number(/^free (\d+)/m.exec(stdout)?.[1] ?? Number.NaN) * 1024;
  if (free < bytes + margin)
    throw refused(
      'space-short',
      `The export needs ${mebibytes(bytes + margin)} there, and only ${mebibytes(free)} are free.`,
      'Make room there, or name another folder.',
    );
}

/** Files up to this size go in one archive: over a long way each file of its own costs several answers. */
const small = 256 * 1024;
const packName = '.coldstart-small.tar';
// Unpacked only when it is whole; the check of all files follows in any case.
const unpackScript = `cd -- "$1" && umask 077 && tar -xf "$2" && rm -f -- "$2"`;

async function bring(
  deps: SupplyDeps,
  link: Link,
  record: Spooled,
  partial: string,
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<void> {
  const files = bagFiles(record);
  const total = files.reduce((sum, file) => sum + file.bytes, 0);
  const tell = telling('2 of 3: sending', deps.clock, onProgress);
  let before = 0;
  const send = async (from: Source, name: string, sha256: string): Promise<void> => {
    const upTo = before;
    await link.upload(from, posix.join(partial, name), {
      signal,
      mode: 0o600,
      sha256,
      onProgress: ({ done }) => tell(Math.min(total, upTo + done), total),
    });
  };
  for (const file of files.filter(each => each.bytes > small)) {
    const from = await deps.files.open(spooledPath(deps.home.spool, record, file.path), 'read');
    try {
      await send(from, file.path, file.sha256);
    } finally {
      await from.close();
    }
    before += file.bytes;
  }
  const pack = await packed(
    deps,
    record,
    files.filter(each => each.bytes <= small),
  );
  const read = (offset: number, length: number): Promise<Uint8Array> =>
    Promise.resolve(pack.subarray(offset, offset + length));
  await send({ bytes: pack.length, read }, packName, createHash('sha256').update(pack).digest('hex'));
  const unpacked = await link.exec(script(unpackScript, partial, packName), { signal, timeoutMs: hashingMs });
  if (unpacked.code !== 0) throw notThere(partial, unpacked.stderr);
  tell(total, total);
}

/** The same bytes every time, so that a broken transfer of them goes on. */
async function packed(
  { files, home }: SupplyDeps,
  record: Spooled,
  small: readonly BagFile[],
): Promise<Uint8Array> {
  const content = small.map(async ({ path: name, bytes }) => ({
    name,
    content: await files.read(spooledPath(home.spool, record, name), bytes),
  }));
  return tar(await Promise.all(content), Math.floor(Date.parse(record.startedAt) / 1000));
}

const notThere = (about: string, stderr: string): FieldError =>
  new FieldError({
    code: 'could-not',
    says: `The other machine could not do it: ${stderr.trim().slice(0, 300) || 'it gave no reason'}`,
    about,
    untouched: 'The sealed files are kept on this laptop; what is there stays marked .partial.',
    next: 'Mend what is said here, then send it again: it goes on where it stopped.',
  });
