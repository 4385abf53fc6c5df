import { posix } from 'node:path';
import type { BagCheck, SiteNode } from '../../../preload/contract/domain.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { NodeId } from '../../../preload/contract/ids.ts';
import { mebibytes } from '../../core/bag-space.ts';
import { script } from '../../core/sh.ts';
import type { Sh } from '../../core/sh.ts';
import { partialName } from '../../core/stick-names.ts';
import type { Exit, Link, OnProgress } from '../../ports.ts';
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
const finishScript = `sync; if [ -e "$2" ]; then exit 17; fi; mv -- "$1" "$2" && sync`;

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
  for (const file of files) {
    const upTo = before;
    const from = await deps.files.open(spooledPath(deps.home.spool, record, file.path), 'read');
    try {
      await link.upload(from, posix.join(partial, file.path), {
        signal,
        mode: 0o600,
        sha256: file.sha256,
        onProgress: ({ done }) => tell(upTo + done, total),
      });
    } finally {
      await from.close();
    }
    before += file.bytes;
    tell(before, total);
  }
}

const notThere = (about: string, stderr: string): FieldError =>
  new FieldError({
    code: 'could-not',
    says: `The other machine could not do it: ${stderr.trim().slice(0, 300) || 'it gave no reason'}`,
    about,
    untouched: 'The sealed files are kept on this laptop; what is there stays marked .partial.',
    next: 'Mend what is said here, then send it again: it goes on where it stopped.',
  });
