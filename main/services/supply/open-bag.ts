import { dirname, join } from 'node:path';
import type { World } from '../../../preload/contract/domain.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import { gathered } from '../../core/bag-parts.ts';
import type { Secret } from '../../core/secret.ts';
import type { Files, Work } from '../../ports.ts';
import { checkBag } from './check-bag.ts';
import type { CheckedBag } from './check-bag.ts';

/** A file that came out of a bag: its path below the folder it was opened to, and what it holds now. */
export interface Opened {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface Opening {
  readonly files: Files;
  readonly work: Work;
  readonly signal: AbortSignal;
  /** The world that opens it: the real one refuses practice bags. Left out, any bag is opened. */
  readonly world?: World;
}

const mostInventory = 64 * 1024 * 1024;

/**
 * Opens a bag as headquarters does: checks all of it, then unseals every payload file into a new or empty folder, and
 * compares what came out with the inventory. On any fault nothing of it stays in the folder. Throws `damaged`,
 * `check-failed` (another key), `practice-only` or `already-there`.
 */
export async function openBag(
  bagFolder: string,
  identity: Secret,
  to: string,
  deps: Opening,
): Promise<readonly Opened[]> {
  const bag = await checkBag(deps, bagFolder, { signal: deps.signal });
  if (!bag.check.complete) throw damaged(bagFolder, bag.check.problems);
  if (bag.promise.practice && deps.world === 'real') throw practiceBag(bagFolder);
  const targets = targetsOf(bag, bagFolder);
  await requireEmpty(deps.files, to);
  try {
    const opened: Opened[] = [];
    for (const { from, path } of targets) {
      await deps.files.makeFolder(dirname(join(to, path)));
      const { bytes, sha256 } = await deps.work.unseal(
        from.map(each => join(bagFolder, each)),
        join(to, path),
        identity,
        deps.signal,
      );
      opened.push({ path, bytes, sha256 });
    }
    await compareWithInventory(deps, to, opened, targets, bagFolder);
    return opened;
  } catch (thrown) {
    for (const name of new Set(targets.map(each => each.path.split('/')[0] ?? '')))
      if (name !== '') await deps.files.remove(join(to, name));
    throw thrown;
  }
}

/** The refusal of a practice bag by the real world. */
export const practiceBag = (about: string): FieldError =>
  new FieldError({
    code: 'practice-only',
    says: 'This is a practice bag: it is worth nothing to a real site.',
    about,
    untouched: 'Nothing was taken from it.',
    next: 'Check it in practice, or find the real bag.',
  });

const damaged = (about: string, problems: readonly string[]): FieldError =>
  new FieldError({
    code: 'damaged',
    says: `The bag is not whole: ${problems.slice(0, 5).join(' ')}${problems.length > 5 ? ` And ${problems.length - 5} more.` : ''}`,
    about,
    untouched: 'Nothing was opened.',
    next: 'Use the other copy of this export, or ask the site to write it again.',
  });

interface OpenTarget {
  /** The sealed file, or its parts in order. */
  readonly from: readonly string[];
  readonly path: string;
}

/** Where each payload file goes. The manifest's paths were already refused when they lead out of the bag. */
function targetsOf({ promise }: CheckedBag, about: string): readonly OpenTarget[] {
  const payload = [...promise.hashes.keys()].filter(path => path.startsWith('data/'));
  const { files, problems } = gathered(payload);
  if (problems.length > 0) throw damaged(about, problems);
  const open = files.map(each => each.path).filter(path => !path.endsWith('.age'));
  if (open.length > 0)
    throw damaged(
      about,
      open.map(path => `${path} is not sealed.`),
    );
  const targets = files.map(({ path, parts }) => ({
    from: parts,
    path: path.slice('data/'.length, -'.age'.length),
  }));
  const strange = targets.filter(({ path }) => path === '' || path.endsWith('/'));
  if (strange.length > 0)
    throw damaged(
      about,
      strange.map(({ from }) => `${from.join()} has no name.`),
    );
  return targets;
}

async function requireEmpty(files: Files, to: string): Promise<void> {
  const there = await files.stat(to);
  if (!there) return files.makeFolder(to);
  if (there.kind === 'folder' && (await files.list(to)).length === 0) return undefined;
  throw new FieldError({
    code: 'already-there',
    says: 'The folder to open the bag into is not empty.',
    about: to,
    untouched: 'It was left as it is, and nothing was opened.',
    next: 'Name a new folder.',
  });
}

/** What the inventory says of each file, as far as it can be read. */
interface Sheet {
  readonly files?: readonly {
    readonly path: string;
    readonly sha256: string;
    readonly parts?: readonly { readonly path: string }[];
  }[];
}

async function compareWithInventory(
  { files }: Pick<Opening, 'files'>,
  to: string,
  opened: readonly Opened[],
  targets: readonly OpenTarget[],
  about: string,
): Promise<void> {
  const sheet = opened.find(each => each.path === 'inventory/inventory.json');
  if (!sheet) throw damaged(about, ['It has no inventory.']);
  const text = Buffer.from(await files.read(join(to, sheet.path), mostInventory)).toString();
  const wanted = (JSON.parse(text) as Sheet).files ?? [];
  const got = new Map(opened.map(each => [`data/${each.path}.age`, each.sha256]));
  const listed = new Set(wanted.map(each => each.path));
  const lie = new Map(targets.map(({ from, path }) => [`data/${path}.age`, from.join()]));
  const wrong = [
    ...wanted.flatMap(({ path, parts }) =>
      parts === undefined || parts.map(part => part.path).join() === lie.get(path)
        ? []
        : [`${path} is not in the parts the inventory names.`],
    ),
    ...wanted.flatMap(({ path, sha256 }) =>
      got.get(path) === sha256 ? [] : [`${path} is not what the inventory says.`],
    ),
    ...opened.flatMap(each =>
      each === sheet || listed.has(`data/${each.path}.age`) ? [] : [`${each.path} is not in the inventory.`],
    ),
  ];
  if (wrong.length > 0) throw damaged(about, wrong);
}
