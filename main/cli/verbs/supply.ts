import type { BagCheck, Export, ExportState, ReadBack } from '../../../preload/contract/domain.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import { exportChoices } from '../../../preload/contract/supply/exports.ts';
import type { ExportChoice, ReceiptSeen } from '../../../preload/contract/supply/exports.ts';
import type { At } from '../at.ts';
import type { Answer } from '../output.ts';
import type { Verb } from '../verb.ts';
import { duration, size, table } from '../words.ts';

function bagAnswer(check: BagCheck): Answer {
  return {
    json: check,
    text: check.complete
      ? `✓ ${check.path}: ${check.files} files, ${size(check.bytes)}, every checksum holds${check.signedBy === undefined ? '' : `, signed by key ${check.signedBy} of this laptop`}.`
      : `✗ ${check.path} is not a whole bag.\n${check.problems.map(problem => `  ${problem}`).join('\n')}`,
    exit: check.complete ? 0 : 1,
  };
}

const verifyBag: Omit<Verb, 'name'> = {
  takes: ['FOLDER'],
  says: 'Check a bag on a stick: every file there, every checksum right, nothing added.',
  run: async at => bagAnswer(await at.call('bag.verify', { path: at.path(at.arg(0)) })),
};

const siteOption = {
  site: { value: 'SITE', says: 'Name or id of the site; may be left out when there is only one.' },
} as const;

/** An export of this laptop by the beginning of its id, or by its number. */
async function exportNamed(at: At, word: string): Promise<Export> {
  const all = await at.call('export.list', {});
  const found = all.filter(
    each => (word.length >= 6 && each.id.startsWith(word)) || String(each.counter) === word,
  );
  const [one] = found;
  if (one && found.length === 1) return one;
  throw new FieldError({
    code: 'no-such-thing',
    says: found.length === 0 ? 'There is no such export.' : 'More than one export is meant by that.',
    about: word,
    untouched: 'Nothing was done.',
    next: 'Use the beginning of its id: `coldstart export list` shows them.',
  });
}

const states: Record<ExportState, string> = {
  written: 'written',
  left: 'left',
  confirmed: 'confirmed',
  'not-restorable': 'arrived, NOT restorable',
};

const day = (at: string | undefined): string => (at === undefined ? '' : at.slice(0, 16).replace('T', ' '));

const exportRow = (each: Export): readonly string[] => [
  each.counter === undefined ? '' : String(each.counter),
  each.id.slice(0, 8),
  `${day(each.at)}${each.clockDoubtful === true ? ' ?' : ''}`,
  size(each.bytes),
  String(each.copies.length),
  day(each.copies.find(copy => copy.leftAt !== undefined)?.leftAt),
  each.overdueSince === undefined
    ? states[each.state]
    : `unconfirmed since ${day(each.overdueSince).slice(0, 10)}`,
];

const readBacks: Record<ReadBack, string> = {
  'from-medium': 'Read back from the medium itself, past the memory of this laptop.',
  're-read': 'Read again; the memory of this laptop may have answered instead of the medium.',
  'medium-not-proven':
    'Read back, but this is no medium of its own: nothing here can be called safe to unplug.',
};

const marks: Record<ReceiptSeen['is'], string> = {
  confirmed: '✓',
  known: '✓',
  'not-restorable': '✗',
  refused: '✗',
};

async function sent(at: At, machine: string): Promise<Answer> {
  const to = at.option('to');
  if (to === undefined) throw noPlace('Add --to FOLDER: its full path on that machine.');
  const site = await at.site(at.option('site'));
  const node = await at.node(machine);
  const done = await at.call('export.send', { site: site.id, node: node.id, path: to }, node.id);
  return {
    json: done,
    text: `✓ ${done.check.path}: ${done.check.files} files, ${size(done.check.bytes)}, every checksum compared there. That its disk holds them is not proven from here.`,
  };
}

const noPlace = (next: string): FieldError =>
  new FieldError({
    code: 'bad-ask',
    says: 'It is not clear where the bag should go.',
    untouched: 'Nothing was written.',
    next,
  });

async function planned(at: At): Promise<Answer> {
  const machine = at.option('node');
  if (machine !== undefined) return sent(at, machine);
  const to = at.option('to');
  if (to === undefined) throw noPlace('Add --to FOLDER. `coldstart stick list` shows the sticks.');
  const site = await at.site(at.option('site'));
  const word = at.option('again');
  const again = word === undefined ? {} : { export: (await exportNamed(at, word)).id };
  const ask = { site: site.id, to: at.path(to), ...again };
  const plan = await at.call('export.plan', ask);
  const warnings = plan.warnings.map(line => `! ${line}`);
  if (at.has('dry-run'))
    return {
      json: plan,
      text: [
        table(
          ['FILE', 'SIZE'],
          plan.items.map(item => [item.path, size(item.bytes)]),
        ),
        '',
        `${size(plan.bytes)} for ${plan.bag}; ${size(plan.free)} free: ${plan.enough ? 'it fits' : 'it does NOT fit'}.`,
        plan.seconds === undefined
          ? 'How long it takes is known after the first export.'
          : `About ${duration(plan.seconds)}, by what the last one took.`,
        ...(plan.heldBytes > 0 ? [`${size(plan.heldBytes)} of it lie there already and are kept.`] : []),
        ...warnings,
      ].join('\n'),
      exit: plan.enough ? 0 : 3,
    };
  for (const line of warnings) at.output.say(line);
  const done = await at.call('export.write', ask);
  return {
    json: done,
    text: [
      bagAnswer(done.check).text,
      `  Sealed for ${plan.recipients.length} at headquarters and for the safe of the site. Number ${done.counter} of this laptop's key ${done.laptopKey}.`,
      `  ${readBacks[done.check.readBack]}`,
      ...(done.check.readBack === 'medium-not-proven'
        ? []
        : [
            `  Take the stick out with \`coldstart stick eject ${plan.to}\`; only that says when it is safe to unplug.`,
          ]),
    ].join('\n'),
    exit: done.check.complete ? 0 : 1,
  };
}

export const supplyVerbs: readonly Verb[] = [
  {
    name: 'export',
    takes: [],
    says: 'Write a sealed and signed bag for headquarters to a stick or a folder, and read it back.',
    more: 'Examples:\n  coldstart export --site "Dome C" --to /media/usb\n  coldstart export --to /media/second --again 7      (the same bag for the second courier)',
    options: {
      ...siteOption,
      to: { value: 'FOLDER', says: 'Where the bag goes: a mounted stick or a folder.' },
      node: {
        value: 'NODE',
        says: 'Send it to this machine over SSH instead; --to is then a folder there.',
      },
      again: { value: 'EXPORT', says: 'Write this export once more, byte for byte, onto another stick.' },
      'dry-run': { says: 'Only show what would go out, how long it takes, and whether it fits.' },
    },
    run: planned,
  },
  {
    name: 'export list',
    takes: [],
    says: 'Show the exports of this laptop: written, left with a courier, confirmed by headquarters.',
    options: siteOption,
    run: async at => {
      const word = at.option('site');
      const exports = await at.call(
        'export.list',
        word === undefined ? {} : { site: (await at.site(word)).id },
      );
      return {
        json: { exports },
        text:
          exports.length === 0
            ? 'No export was written from this laptop yet.'
            : table(['NO', 'ID', 'WRITTEN (UTC)', 'SIZE', 'COPIES', 'LEFT', 'STATE'], exports.map(exportRow)),
      };
    },
  },
  {
    name: 'export left',
    takes: ['EXPORT', 'FOLDER'],
    says: 'Note that the courier left with the copy in this bag folder.',
    run: async at => {
      const { id } = await exportNamed(at, at.arg(0));
      const done = await at.call('export.left', { export: id, path: at.path(at.arg(1)) });
      return {
        json: done,
        text: `✓ Noted. It counts as unconfirmed until the receipt of headquarters comes back.`,
      };
    },
  },
  {
    name: 'export choose',
    takes: ['[PART…]'],
    says: 'Choose what an export carries beside snapshots, tokens and the inventory.',
    more: `PART is any of ${exportChoices.join(', ')}; \`none\` leaves all of them out. Without any, it shows what is chosen.`,
    options: siteOption,
    run: async at => {
      const site = await at.site(at.option('site'));
      const wrong = at.args.find(word => word !== 'none' && !exportChoices.includes(word as ExportChoice));
      if (wrong !== undefined)
        throw new FieldError({
          code: 'bad-ask',
          says: `An export has no part “${wrong}”.`,
          untouched: 'The choice stays as it was.',
          next: `There is ${exportChoices.join(', ')}, or none.`,
        });
      const choices =
        at.args.length === 0
          ? await at.call('export.choices', { site: site.id })
          : await at.call('export.choose', {
              site: site.id,
              choices: exportChoices.filter(each => at.args.includes(each)),
            });
      return {
        json: { site: site.id, choices },
        text: `${site.name} carries snapshots, server tokens, the inventory${choices.map(each => `, ${each}`).join('')}.`,
      };
    },
  },
  {
    name: 'receipt import',
    takes: ['FOLDER'],
    says: 'Take in receipts of headquarters from a stick or a folder, after checking their signatures.',
    run: async at => {
      const receipts = await at.call('receipt.import', { from: at.path(at.arg(0)) });
      const bad = receipts.some(each => each.is === 'refused' || each.is === 'not-restorable');
      return {
        json: { receipts },
        text:
          receipts.length === 0
            ? 'There is no receipt here.'
            : receipts.map(each => `${marks[each.is]} ${each.path}\n  ${each.says}`).join('\n'),
        exit: bad ? 1 : 0,
      };
    },
  },
  { name: 'bag verify', ...verifyBag },
  { name: 'verify', ...verifyBag, says: 'The same as `bag verify`.' },
  {
    name: 'open',
    takes: ['BAG'],
    says: 'Open a bag with the paper from the safe, or with headquarters’ key, into a new folder.',
    more: 'The key is asked for without showing it. Example: coldstart open /media/usb/coldstart-1a2b3c4d-20261122T120000Z --out opened',
    options: {
      out: {
        value: 'FOLDER',
        says: 'A new or empty folder. What comes out is not sealed: keep it off sticks.',
      },
      identity: { value: 'FILE', says: 'File with the key (AGE-SECRET-KEY-1…); - reads standard input.' },
    },
    run: async at => {
      const out = at.option('out');
      if (out === undefined)
        throw new FieldError({
          code: 'bad-ask',
          says: 'It is not clear where the content should go.',
          untouched: 'Nothing was opened.',
          next: 'Add --out FOLDER.',
        });
      const identity = await at.identity('identity', 'Key from the paper (AGE-SECRET-KEY-1…): ');
      const opened = await at.call('bag.open', { path: at.path(at.arg(0)), identity, to: at.path(out) });
      return {
        json: opened,
        text: `${table(
          ['FILE', 'SIZE'],
          opened.files.map(file => [file.path, size(file.bytes)]),
        )}\n\n✓ ${opened.files.length} files in ${opened.to}. They are in the clear now: server tokens too.`,
      };
    },
  },
];
