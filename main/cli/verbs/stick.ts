import type { Stick } from '../../../preload/contract/domain.ts';
import type { Verb } from '../verb.ts';
import { plain, size, table } from '../words.ts';

/** Where a stick is mounted; its device while it is not. */
const placeOf = (stick: Stick): string => stick.path || stick.device;

export const stickVerbs: readonly Verb[] = [
  {
    name: 'stick list',
    takes: [],
    says: 'Show the sticks that are plugged in, and what should be known of each.',
    run: async at => {
      const sticks = await at.call('stick.list', {});
      return {
        json: { sticks },
        text:
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
                    s.lastExportAt?.slice(0, 10) ?? 'none on it',
                  ]),
                ),
                ...sticks.flatMap(s => s.warnings.map(each => `! ${placeOf(s)}: ${plain(each.says)}`)),
              ].join('\n'),
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
