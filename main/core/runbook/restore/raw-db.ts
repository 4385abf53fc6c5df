import { trailerBytes } from '../../trailer.ts';
import { versionInside } from '../../snapshot-proof/cluster-parts.ts';
import { keysPart, pagesPart } from '../../snapshot-proof/file-parts.ts';
import type { MeasuredSnapshot, SnapshotRead } from '../../snapshot-proof/measured.ts';
import { secretsPart } from '../../snapshot-proof/token-parts.ts';
import { named } from './workloads.ts';

/** What a raw copy of etcd's database is good for. `which`: the token that opens it, of those that were tried. */
export type RawDb =
  | {
      readonly is: 'sound';
      readonly which: number;
      /** Of the servers inside; absent when none says which it ran. */
      readonly k3sVersion?: string;
      readonly warnings: readonly string[];
    }
  | { readonly is: 'unfit'; readonly says: string; readonly next: string };

const unfit = (says: string, next: string): RawDb => ({ is: 'unfit', says, next });

/** etcd takes a file for a snapshot when exactly a SHA-256 stands over after the last whole block of this many bytes. */
const blockBytes = 512;

const another =
  'Copy member/snap/db off the disk once more, or that of another server. Copy it only while K3s is stopped.';

/** Why the file is none by its form alone; nothing when it may be one. */
function wrongForm({ bytes, zipped, trailer }: MeasuredSnapshot): RawDb | undefined {
  if (zipped) return unfit('The file is packed.', 'Unpack it on the laptop, and name the file inside.');
  if (trailer === 'holds')
    return unfit(
      'This is a whole snapshot, not a raw database: its SHA-256 stands at its end and holds.',
      'Restore it as a snapshot (kind single or ha).',
    );
  if (bytes % blockBytes === trailerBytes)
    return unfit(
      'This is a snapshot that was damaged: the SHA-256 at its end is another than that of its content.',
      'Take another copy of the snapshot. Nothing is put in the place of a SHA-256 that is there.',
    );
  return bytes % blockBytes === 0
    ? undefined
    : unfit(
        `The file was cut short: a database is a multiple of ${blockBytes} bytes long, and this one has ${bytes} bytes.`,
        another,
      );
}

/** Without sound pages etcd would not start, and without objects of Kubernetes it would be an empty cluster. */
function wrongContent(read: SnapshotRead): RawDb | undefined {
  const pages = pagesPart(read);
  const keys = keysPart(read);
  const isEmpty = read.liveKeys === 0 || read.contents.objects === 0;
  const failed = pages.is === 'failed' ? pages : isEmpty ? keys : undefined;
  return failed && unfit(failed.says, pages.is === 'failed' ? another : (failed.next ?? another));
}

/** Some objects that nobody can read are no reason to give up all the others, when there is nothing else left. */
const warningsOf = (read: SnapshotRead): readonly string[] =>
  [pagesPart(read), keysPart(read), secretsPart(read)].flatMap(({ is, says, names = [] }) =>
    is === 'warning' || is === 'failed' ? [names.length === 0 ? says : `${says} (${named(names)})`] : [],
  );

/**
 * Judges a raw copy of `member/snap/db`. Nobody recorded its hash and nothing in it tells that it was changed, so every
 * page has to be sound and a token has to open it: the trailer that is put behind it afterwards proves nothing.
 */
export function rawDbIn(measured: MeasuredSnapshot): RawDb {
  const { read } = measured;
  const form = wrongForm(measured);
  if (form) return form;
  if (read.is === 'refused') return unfit(read.says, read.next);
  const content = wrongContent(read);
  if (content) return content;
  const { token } = read;
  if (token.is !== 'opened')
    return unfit(
      token.says,
      token.is === 'none'
        ? 'Put the file server/token of the same disk beside the database, under the name token, and make a new plan.'
        : token.next,
    );
  const k3sVersion = versionInside(read);
  return {
    is: 'sound',
    which: token.opened.which,
    ...(k3sVersion !== undefined && { k3sVersion }),
    warnings: warningsOf(read),
  };
}
