import type { ProofPart } from '../../../preload/contract/snapshots/proof.ts';
import { mebibytes } from '../bag-space.ts';
import type { ProofContext } from './context.ts';
import type { MeasuredSnapshot, SnapshotRead } from './measured.ts';
import { countOf } from './names.ts';
import { part, plural } from './part.ts';

const another = 'Do not restore from it. Take another copy, from the node or from a stick.';

/** What the file is. A file that is no snapshot fails here, and nothing more can be said of it. */
export function filePart({ read, bytes, zipped }: MeasuredSnapshot): ProofPart {
  if (read.is === 'refused') return part('file', 'failed', read.says, { next: read.next });
  const form = zipped ? 'an etcd snapshot in the zip K3s makes of one' : 'an etcd snapshot';
  return part('file', 'passed', `It is ${form}, ${mebibytes(bytes)}.`);
}

/** The trailer is a checksum that etcd wrote: K3s refuses to restore a file without a sound one. */
export function trailerPart({ trailer, zipped, read }: MeasuredSnapshot): ProofPart {
  const where = zipped ? ' inside the zip' : '';
  if (read.is === 'refused')
    return part('trailer', 'not-checked', 'The file is no snapshot that can be read.');
  switch (trailer) {
    case 'holds':
      return part('trailer', 'passed', `The SHA-256 at its end${where} matches its content.`);
    case 'broken':
      return part(
        'trailer',
        'failed',
        `The SHA-256 at its end${where} does not match its content: the file was changed or damaged.`,
        { next: another },
      );
    case 'missing':
      return part(
        'trailer',
        'failed',
        'It has no SHA-256 at its end: it was cut short, or is a raw copy of etcd’s database. A raw copy is never intact.',
        {
          next: 'Take another copy. If this is all that is left of a dead disk, use the restore from a raw database.',
        },
      );
    default:
      return trailer satisfies never;
  }
}

/** What the walk over all pages found. */
export function pagesPart({ problems, moreProblems, status }: SnapshotRead): ProofPart {
  if (problems.length > 0)
    return part(
      'pages',
      'failed',
      `${plural(problems.length + moreProblems, 'problem')} in its pages. The first: ${problems[0] ?? ''}`,
      {
        next: another,
        names: { names: problems, more: moreProblems },
      },
    );
  const pages = `All pages were walked: ${mebibytes(status.totalSize)} are sound.`;
  return status.isMetaTorn
    ? part('pages', 'warning', `${pages} One of its two head pages is damaged; the other one was used.`, {
        next: 'Keep another copy of this snapshot.',
      })
    : part('pages', 'passed', pages);
}

/**
 * Keys and versions of etcd were read on the walk; here is whether Kubernetes could read what they hold. The wrapping of
 * every object was looked at; only nodes, volumes and what runs pods were read whole.
 */
export function keysPart({ contents, liveKeys }: SnapshotRead): ProofPart {
  const { objects, unreadable, decoded, undecoded } = contents;
  if (liveKeys === 0)
    return part('keys', 'failed', 'There is no key in it: restoring it would give an empty cluster.', {
      next: another,
    });
  if (countOf(unreadable) > 0)
    return part(
      'keys',
      'failed',
      `${plural(countOf(unreadable), 'object')} of ${plural(objects, 'object')} cannot be read by Kubernetes.`,
      {
        next: another,
        names: unreadable,
      },
    );
  if (objects === 0)
    return part(
      'keys',
      'failed',
      `Of ${plural(liveKeys, 'key')} none is of Kubernetes: this is the etcd of something else.`,
      {
        next: 'Make sure it is a snapshot of K3s.',
      },
    );
  const all = `${plural(liveKeys, 'key')}: the wrapping of all ${plural(objects, 'object')} is sound, and ${decoded.toLocaleString('en-US')} (nodes, volumes, what runs pods) were read whole.`;
  return countOf(undecoded) > 0
    ? part(
        'keys',
        'warning',
        `${all} ${plural(countOf(undecoded), 'object')} could not be read by this app, so volumes or images may be missing below.`,
        {
          next: 'Look at the named objects. Sealed ones cannot be read; others may be of a newer Kubernetes.',
          names: undecoded,
        },
      )
    : part('keys', 'passed', all);
}

/** “Intact” needs somebody’s word for the hash: the trailer is a checksum that whoever changes the file can compute anew. */
export function referencePart({ sha256, trailer }: MeasuredSnapshot, { reference }: ProofContext): ProofPart {
  if (!reference)
    return part(
      'reference',
      'not-checked',
      'Nobody recorded its hash when it was saved, so a change that was made on purpose cannot be seen.',
      {
        next: `Pull it from the node, or compare this SHA-256 with the recorded one and give that (--sha256): ${sha256}`,
      },
    );
  if (reference.sha256 !== sha256)
    return part(
      'reference',
      'failed',
      `It is not the file whose hash was ${reference.from}: its SHA-256 is ${sha256}, not ${reference.sha256}.`,
      {
        next: another,
      },
    );
  return trailer === 'missing'
    ? part(
        'reference',
        'warning',
        `Its SHA-256 is the one ${reference.from}, but a raw copy of a database is never intact.`,
      )
    : part('reference', 'passed', `Its SHA-256 is the one ${reference.from}.`);
}
