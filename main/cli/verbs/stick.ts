import type { Stick } from '../../../preload/contract/domain.ts';
import type { At } from '../at.ts';
import type { Answer } from '../output.ts';
import type { Verb } from '../verb.ts';
import { plain, size, table } from '../words.ts';

/** Where a stick is mounted; its device while it is not. */
const placeOf = (stick: Stick): string => stick.path || stick.device;

const listed = (sticks: readonly Stick[]): string =>
  sticks.length === 0
    ? 'No removable drive is plugged in.'
    : [
        table(
          ['WHERE', 'LABEL', 'MODEL', 'FILE SYSTEM', 'FREE', 'WRITABLE', 'LAST EXPORT'],
          sticks.map(s => [
            placeOf(s),
            s.label,
            s.model,
            s.fileSystem,
            s.path === '' ? size(s.bytes) : `${size(s.free)} of ${size(s.bytes)}`,
            s.writable ? 'yes' : 'no',
            s.path === '' ? 'not mounted' : (s.lastExportAt?.slice(0, 10) ?? 'none on it'),
          ]),
        ),
        ...sticks.flatMap(s => s.warnings.map(each => `! ${placeOf(s)}: ${plain(each.says)}`)),
      ].join('\n');

/** Tells each list as it comes; ends with the connection, or with Ctrl-C. */
async function watched(at: At): Promise<Answer> {
  let sticks: readonly Stick[] = [];
  for await (sticks of at.listen('stick.watch', {})) at.output.say(`${listed(sticks)}\n`);
  return { json: { sticks }, text: 'Watching the sticks ended.', exit: at.signal.aborted ? 4 : 5 };
}

export const stickVerbs: readonly Verb[] = [
  {
    name: 'stick list',
    takes: [],
    says: 'Show the sticks that are plugged in, and what should be known of each.',
    more: 'Examples:\n  coldstart stick list\n  coldstart stick list --watch',
    options: {
      watch: { says: 'Show the list again whenever a stick is plugged in or pulled, until Ctrl-C.' },
    },
    run: async at => {
      if (at.has('watch')) return await watched(at);
      const sticks = await at.call('stick.list', {});
      return { json: { sticks }, text: listed(sticks) };
    },
  },
  {
    name: 'stick check',
    takes: ['FOLDER'],
    says: 'Check that a stick keeps what its free space promises: fill it, read all of it back, take it away again.',
    more: 'Takes as long as writing and reading the whole stick. Do it with a new one, before anything lies on it.\nEnds with 0 only when everything came back as it was written.',
    run: async at => {
      const done = await at.call('stick.check', { path: at.path(at.arg(0)) });
      return {
        json: done,
        text: `${done.holds ? '✓' : '✗'} ${plain(done.says)}${done.next === undefined ? '' : `\n  → ${plain(done.next)}`}`,
        exit: done.holds ? 0 : 1,
      };
    },
  },
  {
    name: 'stick eject',
    takes: ['FOLDER'],
    says: 'Write out and unmount a stick, cut its power where possible, and say when it is safe to unplug.',
    more: 'Ends with 0 only when it is safe. Exports on it count as left with the courier from then on.',
    run: async at => {
      const done = await at.call('stick.eject', { path: at.path(at.arg(0)) });
      return {
        json: done,
        text: `${done.safe ? '✓' : '✗'} ${plain(done.says)}${done.command === undefined ? '' : `\n  → ${done.command}`}`,
        exit: done.safe ? 0 : 5,
      };
    },
  },
];
