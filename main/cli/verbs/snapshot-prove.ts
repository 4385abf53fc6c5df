import type {
  CatalogueEntry,
  ProofPart,
  ProofVerdict,
  SnapshotProof,
} from '../../../preload/contract/snapshots/proof.ts';
import type { SnapshotFile } from '../../../preload/contract/snapshots/file.ts';
import { single } from '../at.ts';
import type { At } from '../at.ts';
import type { Answer } from '../output.ts';
import type { Verb } from '../verb.ts';
import { plain, size, table } from '../words.ts';

const marks: Readonly<Record<ProofPart['is'], string>> = {
  passed: '✓',
  warning: '!',
  failed: '✗',
  'not-checked': '?',
};
const verdicts: Readonly<Record<ProofVerdict, string>> = {
  'site-restorable': '✓ Site restorable.',
  'cluster-restorable': '✓ Cluster state restorable.',
  'not-proven': '? Not proven.',
  'not-restorable': '✗ Not restorable.',
};
const short: Readonly<Record<ProofVerdict, string>> = {
  'site-restorable': 'site',
  'cluster-restorable': 'cluster',
  'not-proven': 'NOT PROVEN',
  'not-restorable': 'NOT RESTORABLE',
};

const isGood = (verdict: ProofVerdict): boolean =>
  verdict === 'site-restorable' || verdict === 'cluster-restorable';

const mostNames = 10;

function partLines({ is, title, says, next, names = [], more = 0 }: ProofPart): readonly string[] {
  const left = names.length - mostNames + more;
  const line = is === 'not-checked' ? `could not be checked: ${says}` : says;
  // What a snapshot holds may hold line ends, and must not pose as a line of ours.
  const below = (text: string): string => `      ${plain(text).replaceAll('\n', ' ')}`;
  return [
    `${marks[is]} ${title}: ${plain(line).replaceAll('\n', ' ')}`,
    ...names.slice(0, mostNames).map(below),
    ...(left > 0 ? [`      and ${left} more`] : []),
    ...(next === undefined || is === 'passed' ? [] : [`    → ${next}`]),
  ];
}

function proofAnswer(proof: SnapshotProof): Answer {
  const lines = [
    ...proof.parts.flatMap(partLines),
    '',
    `${verdicts[proof.verdict]} ${plain(proof.says).replaceAll('\n', ' ')}`,
  ];
  return { json: proof, text: lines.join('\n'), exit: isGood(proof.verdict) ? 0 : 1 };
}

/** A copy this laptop keeps, by its id or name, or else any file. */
export async function snapshotMeant(at: At, word: string): Promise<SnapshotFile> {
  const kept = (await at.call('snapshot.list', {})).filter(copy => copy.id === word || copy.name === word);
  if (kept.length === 0) return { is: 'file', path: at.path(word) };
  return { is: 'kept', snapshot: single(kept, 'snapshot', word, 'coldstart snapshot list').id };
}

async function prove(at: At): Promise<Answer> {
  const of = await snapshotMeant(at, at.arg(0));
  const token = at.option('token-file') === undefined ? undefined : await at.secretFrom('token-file', '');
  const sha256 = at.option('sha256');
  const bundle = at.option('bundle') === undefined ? undefined : await at.bundle(at.option('bundle'));
  return proofAnswer(
    await at.call('snapshot.prove', {
      of,
      ...(token === undefined ? {} : { token }),
      ...(sha256 === undefined ? {} : { sha256 }),
      ...(bundle === undefined ? {} : { bundle: bundle.id }),
    }),
  );
}

const proofWord = ({ proof }: CatalogueEntry): string =>
  proof === undefined ? 'none' : proof.stale === undefined ? short[proof.verdict] : 'out of date';

/** Where copies are: in capitals those that are proven. */
const copyWords = ({ copies }: CatalogueEntry): string =>
  copies
    .filter(copy => copy.is === 'proven' || copy.is === 'seen')
    .map(copy => (copy.is === 'proven' ? copy.where.toUpperCase() : copy.where))
    .join(', ');

/** The catalogue as a list; with `--json` every snapshot with its proof and copies. */
export function catalogueAnswer(entries: readonly CatalogueEntry[]): Answer {
  const last = entries.filter(entry => entry.isLastProven);
  return {
    json: { snapshots: entries.map(({ snapshot, ...more }) => ({ ...snapshot, ...more })) },
    text:
      entries.length === 0
        ? 'No snapshot on the laptop yet.'
        : [
            table(
              ['NAME', 'SAVED', 'SIZE', 'K3S', 'CHECK', 'PROOF', 'COPIES', 'ID'],
              entries.map(entry => [
                entry.snapshot.name,
                entry.snapshot.savedAt,
                size(entry.snapshot.bytes),
                entry.snapshot.k3sVersion,
                entry.snapshot.check.intact ? 'intact' : 'NOT INTACT',
                proofWord(entry),
                copyWords(entry),
                entry.snapshot.id,
              ]),
            ),
            ...(last.length > 0
              ? ['', `${last.length} of them: the copy on this laptop is the last proven one.`]
              : []),
          ].join('\n'),
  };
}

async function remove(at: At): Promise<Answer> {
  const word = at.arg(0);
  const kept = (await at.call('snapshot.list', {})).filter(copy => copy.id === word || copy.name === word);
  const { id } = single(kept, 'snapshot', word, 'coldstart snapshot list');
  const typed = at.option('typed-name');
  const removed = await at.call('snapshot.remove', {
    snapshot: id,
    ...(typed === undefined ? {} : { typed }),
  });
  return { json: removed, text: `✓ ${removed.name}: ${removed.says}` };
}

export const snapshotProveVerbs: readonly Verb[] = [
  {
    name: 'snapshot prove',
    takes: ['FILE|NAME'],
    says: 'Prove that a snapshot can bring the cluster back: every part of it, and one verdict. Needs no cluster.',
    options: {
      'token-file': {
        value: 'FILE',
        says: 'The server token to try; - reads standard input. Without it all tokens in the vault are tried.',
      },
      sha256: {
        value: 'HASH',
        says: 'The SHA-256 that was recorded when it was saved, for a file from elsewhere.',
      },
      bundle: {
        value: 'VERSION',
        says: 'Compare its images with this bundle instead of the one of its own version.',
      },
    },
    more: 'Exit 0 only when everything that matters passed; 1 when something failed or could not be checked.\nA file from elsewhere needs --sha256: the checksum inside it can be made anew by anybody.',
    run: prove,
  },
  {
    name: 'snapshot prune',
    takes: [],
    says: 'Take copies off this laptop that headquarters confirmed; the last proven ones stay.',
    options: {
      site: { value: 'SITE', says: 'Name or id of the site; may be left out when there is only one.' },
      'dry-run': { says: 'Only say what would go, and why the others stay.' },
    },
    run: async at => {
      const site = await at.site(at.option('site'));
      const look = at.has('dry-run');
      const done = await at.call('snapshot.prune', { site: site.id, ...(look ? { look } : {}) });
      const freed = done.removed.reduce((sum, each) => sum + each.bytes, 0);
      return {
        json: done,
        text: [
          ...done.removed.map(each => `${look ? 'would go' : 'removed'}: ${each.name} (${size(each.bytes)})`),
          ...done.kept.map(each => `kept: ${each.name}. ${each.says}`),
          `${look ? 'It would free' : 'Freed'} ${size(freed)}.`,
        ].join('\n'),
      };
    },
  },
  {
    name: 'snapshot remove',
    takes: ['SNAPSHOT'],
    says: 'Take a copy off this laptop. Refused while no other proven copy is known, unless its name is typed.',
    options: {
      'typed-name': {
        value: 'NAME',
        says: 'The name of the snapshot once more; its file is then moved aside, not deleted.',
      },
    },
    run: remove,
  },
];

/** The proof of a copy that has just been pulled, in a line or two; nothing when there is none. */
export async function proofOfPulled(at: At, snapshot: string): Promise<string | undefined> {
  const kept = (await at.call('snapshot.proofs', {})).find(each => each.snapshot === snapshot);
  if (!kept || kept.stale !== undefined) return undefined;
  const { verdict, says } = kept.proof;
  return `${verdicts[verdict]} ${plain(says).replaceAll('\n', ' ')}`;
}
