import { FieldError } from '../../../../preload/contract/failure.ts';
import { copied, copyFailure, stickIn, sticksSeen } from '../../../core/carry/looked.ts';
import { carryFolder, carryName } from '../../../core/carry/names.ts';
import { weightOfBytes } from '../../../core/runbook/weights.ts';
import type { VaultFile } from '../../bundles/bundles.ts';
import { notSo, so } from '../book.ts';
import type { Action, Book, Hands, Look, Step } from '../book.ts';
import { copyFromStick, letGo, lookForSticks, whatIsThere } from './scripts.ts';
import type { Copying } from './scripts.ts';

type Upload = Action & { readonly is: 'upload' };

/** Whether a stick may carry it: what has a place where it stays is known when it is there already. */
const mayCome = (action: Action): action is Upload & Required<Pick<Upload, 'endsAt'>> =>
  action.is === 'upload' && action.endsAt !== undefined;
/** The stick goes into the run's own node; what other nodes get comes over their links. */
const wants = ({ on, apply }: Step): boolean => on === undefined && apply.some(mayCome);

const uploadsOf = (steps: readonly Step[]): readonly (Upload & Required<Pick<Upload, 'endsAt'>>)[] =>
  steps.filter(wants).flatMap(({ apply }) => apply.filter(mayCome));

/** The files of a book that a stick may carry, each once. */
export function carriedFiles(steps: readonly Step[]): readonly VaultFile[] {
  const files = new Map(uploadsOf(steps).map(({ file }) => [file.sha256, file]));
  return [...files.values()];
}

/** Takes the files off a stick instead of sending them: two steps more, before the first one that wants them. */
export function byStick(book: Book, node: string): Book {
  const files = uploadsOf(book.steps).map(({ file, path, endsAt }) => ({
    ...file,
    as: carryName(file),
    path,
    endsAt: endsAt.path,
  }));
  if (files.length === 0) return book;
  const first = book.steps.findIndex(wants);
  const steps = book.steps.map(step =>
    wants(step)
      ? { ...step, apply: step.apply.map(one => (mayCome(one) ? { ...one, byStick: true } : one)) }
      : step,
  );
  return {
    ...book,
    steps: [...steps.slice(0, first), ...stickSteps(files, node), ...steps.slice(first)],
    release: async (hands, why) => {
      await hands.exec(letGo(), { as: 'root', timeoutMs: 15_000 });
      await book.release?.(hands, why);
    },
  };
}

const stickSteps = (files: readonly Copying[], node: string): readonly Step[] => [
  plugStep(files, node),
  copyStep(files, node),
];

/** Which of the files still have to come, and whether the stick is still mounted; asks the node. */
async function stillWanted(
  hands: Hands,
  files: readonly Copying[],
): Promise<{ readonly wanted: readonly Copying[]; readonly mounted: boolean }> {
  const { stdout } = await hands.exec(whatIsThere(files), { as: 'root', timeoutMs: 1_800_000 });
  const lines = stdout.split('\n');
  if (!lines.includes('end')) throw unreadable(hands.node.name);
  return {
    wanted: files.filter(({ as }) => !lines.includes(`there ${as}`)),
    mounted: lines.includes('mounted'),
  };
}

/** Waits for the stick, however long the technician takes to carry it there. */
function plugStep(files: readonly Copying[], node: string): Step {
  let wanted: readonly Copying[] = files;
  const look = lookForSticks(files.map(({ as }) => as));
  const there: Look = {
    shows: [whatIsThere(files), look].map(({ text }) => ({ text, as: 'root' })),
    look: async (hands, again) => {
      if (!again) ({ wanted } = await stillWanted(hands, files));
      if (wanted.length === 0) return so(`${node} has the files already; no stick is needed`);
      if (!again) hands.note(`Plug the stick with the folder ${carryFolder} into ${node} now.`);
      const { stdout } = await hands.exec(look, { as: 'root', again, timeoutMs: 60_000 });
      const seen = sticksSeen(stdout);
      return seen ? stickIn(seen, wanted, node) : notSo('the node did not say which sticks it has');
    },
    patience: { everyMs: 3000, forMs: 30 * 60_000, what: `Plug the stick into ${node}` },
  };
  return {
    id: 'stick',
    title: `Plug the stick into ${node}`,
    why: `The large files come by stick. It is looked for until it is there, up to 30 minutes; it is mounted to be read only (ro, nodev, nosuid, noexec), never written to.`,
    weight: 5,
    changes: false,
    apply: [],
    verify: there,
  };
}

/** Copies what is still missing; each file gets its name only with the right SHA-256, measured on the node. */
function copyStep(files: readonly Copying[], node: string): Step {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const there: Look = {
    shows: [{ text: whatIsThere(files).text, as: 'root' }],
    look: async hands => {
      const { wanted, mounted } = await stillWanted(hands, files);
      if (wanted.length > 0) return notSo(`still to come: ${wanted.map(({ name }) => name).join(', ')}`);
      if (mounted) return notSo('the stick is still mounted; leave it in');
      return so(
        `${files.map(({ name }) => name).join(' and ')} ${files.length === 1 ? 'is' : 'are'} on ${node}, SHA-256 as in the vault; the stick is unmounted and may be pulled`,
      );
    },
  };
  return {
    id: 'from-stick',
    title: 'Copy the files from the stick',
    why: 'Only what is missing is copied. Its SHA-256 is measured on the node before it gets its name.',
    weight: 1 + 2 * weightOfBytes(bytes),
    changes: true,
    probe: there,
    apply: [
      {
        is: 'job',
        name: 'stick',
        command: copyFromStick(files),
        timeoutMs: 3 * 3_600_000,
        fails: tail => copyFailure(tail, node),
        tells: (log, hands) => {
          const at = copied(log, files);
          if (at) hands.progress(at.done, at.what);
        },
      },
    ],
    verify: there,
  };
}

const unreadable = (about: string): FieldError =>
  new FieldError({
    code: 'could-not',
    says: 'The node did not say which files it has.',
    about,
    untouched: 'Nothing was copied.',
    next: 'Look at the last lines in the terminal, then continue the run.',
  });
