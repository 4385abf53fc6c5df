import type { BagCheck } from '../../../preload/contract/domain.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { Answer } from '../output.ts';
import type { Verb } from '../verb.ts';
import { size, table } from '../words.ts';

function bagAnswer(check: BagCheck): Answer {
  return {
    json: check,
    text: check.complete
      ? `✓ ${check.path}: ${check.files} files, ${size(check.bytes)}, every checksum holds.`
      : `✗ ${check.path} is not a whole bag.\n${check.problems.map(problem => `  ${problem}`).join('\n')}`,
    exit: check.complete ? 0 : 1,
  };
}

const verifyBag: Omit<Verb, 'name'> = {
  takes: ['FOLDER'],
  says: 'Check a bag on a stick: every file there, every checksum right, nothing added.',
  run: async at => bagAnswer(await at.call('bag.verify', { path: at.path(at.arg(0)) })),
};

export const supplyVerbs: readonly Verb[] = [
  {
    name: 'export',
    takes: [],
    says: 'Write a sealed bag for headquarters to a stick or a folder, and read it back.',
    more: 'Example: coldstart export --site "Dome C" --to /media/usb',
    options: {
      site: { value: 'SITE', says: 'Name or id of the site; may be left out when there is only one.' },
      to: { value: 'FOLDER', says: 'Where the bag goes: a mounted stick or a folder.' },
      'dry-run': { says: 'Only show what would go out and whether it fits.' },
    },
    run: async at => {
      const to = at.option('to');
      if (to === undefined)
        throw new FieldError({
          code: 'bad-ask',
          says: 'It is not clear where the bag should go.',
          untouched: 'Nothing was written.',
          next: 'Add --to FOLDER. `coldstart stick list` shows the sticks.',
        });
      const site = await at.site(at.option('site'));
      const folder = at.path(to);
      const plan = await at.call('export.plan', { site: site.id, to: folder });
      if (at.has('dry-run'))
        return {
          json: plan,
          text: `${table(
            ['FILE', 'SIZE'],
            plan.items.map(item => [item.path, size(item.bytes)]),
          )}\n\n${size(plan.bytes)} for ${plan.bag}; ${size(plan.free)} free: ${plan.enough ? 'it fits' : 'it does NOT fit'}.`,
          exit: plan.enough ? 0 : 3,
        };
      const done = await at.call('export.write', { site: site.id, to: folder });
      return {
        json: done,
        text: `${bagAnswer(done.check).text}\n  Sealed for ${plan.recipients.length} recipient(s). Read back: ${done.check.readBack}.`,
        exit: done.check.complete ? 0 : 1,
      };
    },
  },
  { name: 'bag verify', ...verifyBag },
  { name: 'verify', ...verifyBag, says: 'The same as `bag verify`.' },
  {
    name: 'stick list',
    takes: [],
    says: 'Show the sticks that are plugged in and mounted.',
    run: async at => {
      const sticks = await at.call('stick.list', {});
      return {
        json: { sticks },
        text:
          sticks.length === 0
            ? 'No removable drive is mounted.'
            : table(
                ['WHERE', 'LABEL', 'FILE SYSTEM', 'FREE', 'WRITABLE'],
                sticks.map(s => [
                  s.path,
                  s.label,
                  s.fileSystem,
                  `${size(s.free)} of ${size(s.bytes)}`,
                  s.writable ? 'yes' : 'no',
                ]),
              ),
      };
    },
  },
];
