import { FieldError } from '../../../preload/contract/failure.ts';
import type { KeysShown, KeyShown } from '../../../preload/contract/supply/keys.ts';
import { writeNew } from '../files.ts';
import type { At } from '../at.ts';
import type { Answer } from '../output.ts';
import type { Verb } from '../verb.ts';

const day = (at: string | undefined): string => (at === undefined ? '' : at.slice(0, 10));

const line = (kind: string, key: KeyShown): string =>
  `  ${kind} ${key.id}${key.name === undefined ? '' : ` (${key.name})`}${key.until === undefined ? '' : `, until ${day(key.until)}`}`;

function shown(keys: KeysShown): string {
  const { laptop, root, list } = keys;
  return [
    laptop
      ? `This laptop signs with key ${laptop.id}, made ${day(laptop.since)}. Public half, for headquarters to enrol:\n  ${laptop.key}`
      : 'This laptop has no signing key yet: `coldstart keys make`.',
    ...keys.earlierLaptopKeys.map(key => line('earlier key', key)),
    root
      ? `Root key of headquarters: ${root.id}, trusted since ${day(root.since)}.`
      : 'The root key of headquarters is not known here.',
    ...(list
      ? [
          `Key list ${list.serial} of ${day(list.at)}:`,
          ...list.bundleKeys.map(key => line('bundle key', key)),
          ...list.receiptKeys.map(key => line('receipt key', key)),
          ...list.recipients.map(key => line('recipient', key)),
        ]
      : []),
    ...keys.sites.flatMap(site => [
      `${site.name}: exports are sealed for`,
      ...site.recipients.map(recipient => `  ${recipient}`),
      site.breakGlass
        ? `  ${site.breakGlass.recipient} (the safe; drill ${site.breakGlass.drilledAt === undefined ? 'never done' : day(site.breakGlass.drilledAt)})`
        : '  nobody at the site: there is no key for its safe',
    ]),
    ...keys.missing.map(each => `! ${each}`),
  ].join('\n');
}

const answer = (keys: KeysShown): Answer => ({ json: keys, text: shown(keys) });

/** Two rows of modules to a line of half blocks, dark on light whatever the terminal's colours, with its quiet zone. */
function qrLines(qr: readonly (readonly boolean[])[]): readonly string[] {
  const width = (qr[0]?.length ?? 0) + 4;
  const empty = Array.from({ length: width }, () => false);
  const rows = [empty, empty, ...qr.map(row => [false, false, ...row, false, false]), empty, empty];
  const lines: string[] = [];
  for (let y = 0; y < rows.length; y += 2)
    lines.push(
      Array.from({ length: width }, (_, x) => {
        const [top, bottom] = [rows[y]?.[x] ?? false, rows[y + 1]?.[x] ?? false];
        return top ? (bottom ? ' ' : '▄') : bottom ? '▀' : '█';
      }).join(''),
    );
  return lines;
}

/** What has to be typed: from `--typed`, or asked for. */
async function typed(at: At, thrown: unknown): Promise<string> {
  const wanted = thrown instanceof FieldError ? thrown.failure.facts?.['typed'] : undefined;
  if (!(thrown instanceof FieldError) || thrown.failure.code !== 'consent-needed' || wanted === undefined)
    throw thrown;
  if (!at.questions.possible || at.option('typed') !== undefined)
    throw new FieldError(
      {
        ...thrown.failure,
        next: `${thrown.failure.next ?? ''} On the command line: --typed ${JSON.stringify(wanted)}.`,
      },
      { cause: thrown },
    );
  at.output.say(`${thrown.failure.says}\n${thrown.failure.next ?? ''}`);
  return (await at.questions.ask('Type it: ')).trim();
}

const typedOption = {
  typed: { value: 'TEXT', says: 'What the question asks to be typed, where there is no terminal to ask at.' },
} as const;
const siteOption = {
  site: { value: 'SITE', says: 'Name or id of the site; may be left out when there is only one.' },
} as const;

async function withTyped<T>(at: At, call: (typed: { typed?: string }) => Promise<T>): Promise<T> {
  const given = at.option('typed');
  try {
    return await call(given === undefined ? {} : { typed: given });
  } catch (thrown) {
    return call({ typed: await typed(at, thrown) });
  }
}

export const keyVerbs: readonly Verb[] = [
  {
    name: 'keys show',
    takes: [],
    says: 'Show this laptop’s signing key, the keys of headquarters, and who exports are sealed for.',
    run: async at => answer(await at.call('keys.show', {})),
  },
  {
    name: 'keys list',
    takes: [],
    says: 'The same as `keys show`.',
    run: async at => answer(await at.call('keys.show', {})),
  },
  {
    name: 'keys make',
    takes: [],
    says: 'Make this laptop’s signing key, before it travels, for headquarters to enrol.',
    options: { out: { value: 'FILE', says: 'Write its public half there, for `coldstart hq enroll`.' } },
    more: 'A key that is there already stays.',
    run: async at => {
      const keys = await at.call('keys.make', {});
      const out = at.option('out');
      if (out !== undefined && keys.laptop)
        writeNew(
          at.path(out),
          `untrusted comment: minisign public key ${keys.laptop.id}\n${keys.laptop.key}\n`,
        );
      return answer(keys);
    },
  },
  {
    name: 'keys trust',
    takes: ['FILE'],
    says: 'Trust the root key of headquarters, or take a key list that it signed.',
    more: 'A root key (.pub) is accepted only when its id is typed. A key list lies beside its .minisig file; the highest serial counts.',
    options: typedOption,
    run: async at => {
      const path = at.path(at.arg(0));
      const offer = await withTyped(at, more => at.call('keys.trust', { path, ...more }));
      return {
        json: offer,
        text: [
          offer.is === 'root'
            ? '✓ The root key of headquarters is trusted.'
            : `✓ Key list ${offer.serial} was taken.`,
          ...(offer.changes.length === 0 ? ['  Nothing changed.'] : offer.changes.map(each => `  ${each}`)),
        ].join('\n'),
      };
    },
  },
  {
    name: 'keys rotate',
    takes: [],
    says: 'Make a new signing key for this laptop. Headquarters has to enrol it before the next bag arrives.',
    run: async at => {
      await at.agree('Bags signed with the new key go into quarantine until headquarters enrols it.', {
        code: 'consent-needed',
        says: 'Bags signed with a new key go into quarantine at headquarters until it is enrolled there.',
        untouched: 'The signing key stays as it is.',
        next: 'Add --yes when headquarters knows.',
      });
      return answer(await at.call('keys.rotate', {}));
    },
  },
  {
    name: 'keys break-glass',
    takes: [],
    says: 'Make the key for the safe of a site and show it once, to be written or printed.',
    more: 'With it a second laptop opens every export from now on: coldstart open BAG --out FOLDER.',
    options: { ...siteOption, ...typedOption },
    run: async at => {
      const site = await at.site(at.option('site'));
      const paper = await withTyped(at, more => at.call('breakglass.make', { site: site.id, ...more }));
      return {
        json: paper,
        text: [
          `Key for the safe of ${site.name}. It is shown once and kept nowhere: print it now.`,
          '',
          `  ${paper.identity}`,
          `  opens what is sealed for ${paper.recipient}`,
          '',
          ...qrLines(paper.qr),
          '',
          'Put the paper into the safe. After the next export, try it: coldstart keys drill BAG',
        ].join('\n'),
      };
    },
  },
  {
    name: 'keys drill',
    takes: ['BAG'],
    says: 'Try the paper from the safe: open a bag with it, prove its newest snapshot, keep nothing.',
    options: {
      ...siteOption,
      identity: { value: 'FILE', says: 'File with the key from the paper; - reads standard input.' },
    },
    run: async at => {
      const site = await at.site(at.option('site'));
      const identity = await at.identity('identity', 'Key from the paper (AGE-SECRET-KEY-1…): ');
      const done = await at.call('breakglass.drill', { site: site.id, bag: at.path(at.arg(0)), identity });
      return { json: done, text: `✓ ${done.says}` };
    },
  },
];
