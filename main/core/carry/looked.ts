import { FieldError } from '../../../preload/contract/failure.ts';
import type { Judged } from '../runbook/step.ts';
import { fatFileLimit } from '../bag-space.ts';
import { carryFolder } from './names.ts';

/** A file that has to come by stick. */
export interface Wanted {
  readonly name: string;
  readonly bytes: number;
  /** What it is called on the stick. */
  readonly as: string;
}

/** One stick, or one part of it, as the node sees it. */
export type StickSeen = { readonly device: string } &
  /** It has our folder; sizes of the files in it that were asked for. */
  (
    | { readonly is: 'ours'; readonly has: ReadonlyMap<string, number> }
    | { readonly is: 'other' }
    /** `known`: the node's kernel has this file system, so the stick itself is at fault. */
    | { readonly is: 'unreadable'; readonly fileSystem: string; readonly known: boolean }
    /** In use on the node: `at` is where it is mounted. */
    | { readonly is: 'held'; readonly at: string }
  );

/** Reads the answer of the look for sticks; undefined when it was cut. */
export function sticksSeen(stdout: string): readonly StickSeen[] | undefined {
  const lines = stdout.split('\n').map(line => line.trim().split(' '));
  if (!lines.some(([word]) => word === 'end')) return undefined;
  const sizes = lines.filter(([word]) => word === 'has');
  return lines.flatMap(([word, device = '', one = '', two = '']): readonly StickSeen[] => {
    switch (word) {
      case 'ours': {
        const mine = sizes.filter(([, on]) => on === device);
        const has = new Map(mine.map(([, , name = '', bytes = '']) => [name, Number(bytes)]));
        return [{ is: 'ours', device, has }];
      }
      case 'other':
        return [{ is: 'other', device }];
      case 'unreadable':
        return [{ is: 'unreadable', device, fileSystem: one, known: two === 'known' }];
      case 'held':
        return [{ is: 'held', device, at: one }];
      default:
        return [];
    }
  });
}

const listed = (names: readonly string[]): string => names.join(', ');

/**
 * Whether the stick is in the node. While it is not, says what is seen there instead. Throws `refused` for two sticks,
 * `no-such-thing` for a file that is not on it, `damaged` for one of another size.
 */
export function stickIn(seen: readonly StickSeen[], wanted: readonly Wanted[], node: string): Judged {
  const ours = seen.filter(one => one.is === 'ours');
  if (ours.length > 1) throw twoSticks(node, listed(ours.map(({ device }) => device)));
  const [stick] = ours;
  if (!stick) return { is: 'not-so', saw: instead(seen, node) };
  for (const file of wanted) {
    const bytes = stick.has.get(file.as);
    if (bytes === undefined) throw notOnStick(node, file);
    if (bytes !== file.bytes) throw otherOnStick(node, file);
  }
  return {
    is: 'so',
    saw: `the stick is in (${stick.device}), with ${listed(wanted.map(({ name }) => name))}; leave it in`,
  };
}

/** What is plugged in that is not the stick, for the waiting technician. */
function instead(seen: readonly StickSeen[], node: string): string {
  // A node may run from a stick: what is mounted where systems are is no news.
  const told = seen.filter(one => one.is !== 'held' || /^\/(?:mnt|media|run)\//.test(`${one.at}/`));
  if (told.length === 0) return 'no stick is plugged in yet';
  return told
    .map(one => {
      switch (one.is) {
        case 'held':
          return `${one.device} is in use on ${node}, mounted at ${one.at}: unmount it there`;
        case 'unreadable':
          return one.known || one.fileSystem === 'unknown'
            ? `${one.device} has no file system that ${node} can read: format it with FAT32, exFAT or ext4 on the laptop and write the files again`
            : `${one.device} has the file system ${one.fileSystem}, which ${node} does not know: use FAT32 or ext4`;
        default:
          return `${one.device} has no folder ${carryFolder}: it is another stick`;
      }
    })
    .join('; ');
}

const onNode = 'Nothing was written to the stick, and nothing went over the cable instead.';
const otherWay =
  'Or make a new plan without the stick: then the file goes over the cable, however long that takes.';

const twoSticks = (node: string, devices: string): FieldError =>
  new FieldError({
    code: 'refused',
    says: `Two sticks with files of Coldstart are plugged in: ${devices}.`,
    about: node,
    untouched: onNode,
    next: 'Leave in the one that was written for this plan, then continue the run.',
  });

const notOnStick = (node: string, { name }: { readonly name: string }): FieldError =>
  new FieldError({
    code: 'no-such-thing',
    says: `${name} is not on the stick.`,
    about: node,
    untouched: onNode,
    next: `Write the files of this plan onto the stick on the laptop, plug it in again, and continue the run. ${otherWay}`,
  });

const otherOnStick = (node: string, { name }: { readonly name: string }): FieldError =>
  new FieldError({
    code: 'damaged',
    says: `${name} on the stick is not the file of this plan, or it is damaged.`,
    about: node,
    untouched: onNode,
    next: `Write the files onto the stick again on the laptop, or onto another stick, and continue the run. ${otherWay}`,
  });

/** What the copying on the node said last, as a failure; nothing when it said none of its words. */
export function copyFailure(tail: string, node: string): FieldError | undefined {
  const [, why = '', name = ''] = /^failed (\S+) ?(.*)$/m.exec(tail) ?? [];
  const plain = (code: 'gone-away' | 'could-not' | 'disk-full', says: string, next: string): FieldError =>
    new FieldError({ code, says, about: node, untouched: onNode, next });
  switch (why) {
    case 'none':
      return plain(
        'gone-away',
        'The stick is no longer in the node.',
        'Plug it in again, then continue the run.',
      );
    case 'two':
      return twoSticks(node, name);
    case 'missing':
      return notOnStick(node, { name });
    case 'other':
      return otherOnStick(node, { name });
    case 'pulled':
      return plain(
        'gone-away',
        `The stick was pulled while ${name} was copied.`,
        'Plug it in again, then continue the run: what was copied whole is not copied again.',
      );
    case 'read':
      return plain(
        'could-not',
        `The stick could not be read while ${name} was copied: it is damaged or wears out.`,
        `Write the files onto another stick, plug it in, and continue the run. ${otherWay}`,
      );
    case 'full':
      return plain(
        'disk-full',
        `The disk of the node is full: ${name} does not fit.`,
        'Make room on the node, then continue the run.',
      );
    case 'write':
      return plain(
        'could-not',
        `${name} could not be written on the node.`,
        'Look at the last lines in the terminal, then continue the run.',
      );
    default:
      return undefined;
  }
}

/** How much of the copying is done (0…1), from what it says in its log; nothing when it said nothing of it. */
export function copied(
  log: string,
  wanted: readonly Pick<Wanted, 'as' | 'bytes' | 'name'>[],
): { readonly done: number; readonly what: string } | undefined {
  const last = [...log.matchAll(/^(at|took|there) (\S+)(?: (\d+))?$/gm)].at(-1);
  const at = wanted.findIndex(({ as }) => as === last?.[2]);
  const file = wanted[at];
  if (!last || !file) return undefined;
  const total = wanted.reduce((sum, { bytes }) => sum + bytes, 0);
  const before = wanted.slice(0, at).reduce((sum, { bytes }) => sum + bytes, 0);
  const of = last[1] === 'at' ? Math.min(file.bytes, Number(last[3] ?? 0)) : file.bytes;
  return { done: total === 0 ? 1 : (before + of) / total, what: `Copying ${file.name} from the stick` };
}

/** The first file that FAT cannot hold; 4 GiB and more. */
export const tooLargeForFat = <F extends { readonly bytes: number }>(
  files: readonly F[],
  fileSystem: string,
): F | undefined =>
  /^(?:vfat|msdos|fat)/i.test(fileSystem) ? files.find(({ bytes }) => bytes > fatFileLimit) : undefined;
