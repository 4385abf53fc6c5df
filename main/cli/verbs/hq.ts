import { basename } from 'node:path';
import type { CallArgs } from '../../../preload/contract/contract.ts';
import { exitCodes, FieldError, failureKinds } from '../../../preload/contract/failure.ts';
import type { HqReceived, HqStatus, ReceivedBag } from '../../../preload/contract/supply/hq.ts';
import { fromHqFolder } from '../../core/supply/receipt.ts';
import type { At } from '../at.ts';
import type { Answer } from '../output.ts';
import type { Verb } from '../verb.ts';
import { plain, table } from '../words.ts';

const line = (text: string): string => plain(text).replaceAll('\n', ' ');

/** The option as a path; without it the verb cannot begin. */
function wanted(at: At, name: string, next: string): string {
  const value = at.option(name);
  if (value !== undefined) return at.path(value);
  throw new FieldError({
    code: 'bad-ask',
    says: `The option --${name} is missing.`,
    untouched: 'Nothing was done.',
    next,
  });
}

const isFine = ({ is, verdict }: ReceivedBag): boolean =>
  (is === 'received' || is === 'again') && verdict === 'received';

/** Received, but it did not go where it should go besides. */
const lacksCopy = ({ copy, metrics }: ReceivedBag): boolean =>
  copy?.is === 'failed' || metrics?.is === 'failed';

function bagLines(bag: ReceivedBag): readonly string[] {
  const mark = isFine(bag) ? '✓' : bag.is === 'refused' ? '✗' : '!';
  const of =
    bag.siteName === undefined
      ? ''
      : ` ${bag.siteName}, export ${bag.counter ?? '?'}${bag.late ? ', late' : ''}.`;
  return [
    `${mark} ${basename(bag.bag)}:${line(of)} ${line(bag.says)}`,
    ...(bag.next === undefined || isFine(bag) ? [] : [`    → ${line(bag.next)}`]),
    ...(bag.copy?.is === 'failed' ? [`    ! No copy at ${line(bag.copy.to)}. ${line(bag.copy.says)}`] : []),
    ...(bag.metrics?.is === 'failed' ? [`    ! Metrics not sent. ${line(bag.metrics.says)}`] : []),
  ];
}

/** What has to be done with the receipts; those that lie on their stick already need nothing. */
function receiptLines(bags: readonly ReceivedBag[]): readonly string[] {
  const issued = bags.filter(each => each.receipt !== undefined);
  const left = issued.filter(each => each.receiptOnStick === undefined);
  return [
    ...(issued.length > left.length
      ? [
          `${issued.length - left.length} receipt(s) lie beside their bags in ${fromHqFolder}: send the stick back to the site.`,
        ]
      : []),
    ...(left.length > 0
      ? [
          `${left.length} receipt(s) could not be written beside their bags. Copy each with its .minisig into ${fromHqFolder}/receipts on a stick that goes to the site:`,
          ...left.map(each => `    ${each.receipt ?? ''}`),
        ]
      : []),
  ];
}

/** The gravest of all: what safety refused, then what is damaged or does not restore, then what could not be read. */
function exitOf(bags: readonly ReceivedBag[]): number {
  const kinds = new Set(
    bags.map(each =>
      isFine(each)
        ? lacksCopy(each)
          ? 'could-not'
          : 'fine'
        : each.is === 'quarantined'
          ? 'safety'
          : each.code === undefined
            ? 'check'
            : failureKinds[each.code],
    ),
  );
  for (const kind of ['bug', 'safety', 'check', 'could-not', 'usage'] as const)
    if (kinds.has(kind)) return exitCodes[kind];
  return 0;
}

function receivedAnswer(all: HqReceived): Answer {
  const fine = all.bags.filter(isFine).length;
  return {
    json: all,
    text: [
      ...all.warnings.map(each => `! ${each}`),
      ...all.bags.flatMap(bagLines),
      '',
      ...receiptLines(all.bags),
      `${fine} of ${all.bags.length} received.`,
    ].join('\n'),
    exit: exitOf(all.bags),
  };
}

const someOf = (numbers: readonly number[]): string =>
  `${numbers.slice(0, 8).join(', ')}${numbers.length > 8 ? ` and ${numbers.length - 8} more` : ''}`;

function statusAnswer(status: HqStatus): Answer {
  const { sites, laptops, quarantined, warnings } = status;
  return {
    json: status,
    text: [
      ...warnings.map(each => `! ${line(each)}`),
      sites.length === 0
        ? 'No bag was received yet.'
        : table(
            ['SITE', 'EXPORTS', 'LAST WRITTEN', 'RECEIVED', 'NEWEST THAT RESTORES', 'MISSING', 'ID'],
            sites.map(site => [
              site.name,
              `${site.exports}`,
              `${site.lastAt.slice(0, 10)}${site.doubtful ? '?' : ''}`,
              site.lastReceivedAt.slice(0, 10),
              site.newestRestorable?.savedAt.slice(0, 16).replace('T', ' ') ?? 'NONE',
              someOf(site.missing.map(each => each.counter)) || '-',
              site.site,
            ]),
          ),
      '',
      laptops.length === 0
        ? 'No laptop is enrolled: every bag will be put aside. coldstart hq enroll'
        : table(
            ['LAPTOP', 'KEY', 'SINCE', 'UNTIL'],
            laptops.map(each => [
              each.name,
              each.id,
              each.enrolledAt.slice(0, 10),
              each.until?.slice(0, 10) ?? '-',
            ]),
          ),
      ...(quarantined.length > 0
        ? [
            '',
            '! Put aside sealed, because nobody known signed them:',
            ...quarantined.map(each => `    ${each}`),
          ]
        : []),
    ].join('\n'),
  };
}

function atOnce(at: At): { readonly atOnce: number } | object {
  const given = at.option('at-once');
  if (given === undefined) return {};
  if (/^\d{1,2}$/.test(given)) return { atOnce: Number(given) };
  throw new FieldError({
    code: 'bad-ask',
    says: '--at-once is a number from 1 to 16.',
    untouched: 'Nothing was done.',
    next: 'Two is right for most machines.',
  });
}

function copyTo(at: At): Pick<CallArgs<'hq.receive'>, 'copy'> {
  const to = at.option('copy-to');
  if (to === undefined) return {};
  const endpoint = at.option('s3-endpoint');
  if (endpoint === undefined)
    throw new FieldError({
      code: 'bad-ask',
      says: 'The option --s3-endpoint is missing.',
      untouched: 'Nothing was done.',
      next: 'Name the address of the store: https://host or http://host:port.',
    });
  const credentials = wanted(at, 's3-credentials', 'Name the file with the keys of the store.');
  return { copy: { to, endpoint, credentials } };
}

const pushTo = (at: At): Pick<CallArgs<'hq.receive'>, 'push'> => {
  const push = at.option('push-metrics');
  return push === undefined ? {} : { push };
};

export const hqVerbs: readonly Verb[] = [
  {
    name: 'receive',
    takes: ['BAG…'],
    says: 'At headquarters: check and open bags, prove their snapshots, and sign the receipts that go back.',
    options: {
      identity: { value: 'FILE', says: 'The age identity that opens them, as age-keygen wrote it.' },
      'sign-key': {
        value: 'FILE',
        says: 'The minisign key that signs receipts, without a password (minisign -G -W).',
      },
      out: { value: 'DIR', says: 'The archive. Made when it is not there.' },
      'at-once': { value: 'N', says: 'How many bags at once; 2 when left out.' },
      'copy-to': {
        value: 's3://BUCKET/FOLDER',
        says: 'Keep the sealed bags and receipts in an S3-compatible store too.',
      },
      's3-endpoint': { value: 'URL', says: 'Address of that store.' },
      'push-metrics': {
        value: 'URL',
        says: 'Send the metrics in them to Prometheus too: http://host:9090/api/v1/write',
      },
      's3-credentials': { value: 'FILE', says: 'Its keys, in a file as the AWS tools write it.' },
    },
    more: [
      'Example: coldstart receive /media/usb/* --identity hq.txt --sign-key receipt.key --out /srv/coldstart',
      'The archive holds opened bags, with the server tokens of sites: keep it on an encrypted disk.',
      'Exit 0 when all were received; 3 when one was put aside or refused for safety; 1 when one is damaged or does not restore.',
    ].join('\n'),
    run: async at => {
      // A stick that was here before carries our own folder as well, and a shell names it with the others.
      const named = at.args.map(word => at.path(word));
      const bags = named.length > 1 ? named.filter(path => basename(path) !== fromHqFolder) : named;
      return receivedAnswer(
        await at.call('hq.receive', {
          bags,
          identity: wanted(at, 'identity', 'Name the age key file of headquarters.'),
          signKey: wanted(at, 'sign-key', 'Name the key that signs receipts.'),
          to: wanted(at, 'out', 'Name the folder of the archive.'),
          ...atOnce(at),
          ...copyTo(at),
          ...pushTo(at),
        }),
      );
    },
  },
  {
    name: 'hq status',
    takes: ['DIR'],
    says: 'Show what an archive of headquarters has of each site, what is missing, and which laptops it knows.',
    run: async at => statusAnswer(await at.call('hq.status', { at: at.path(at.arg(0)) })),
  },
  {
    name: 'hq enroll',
    takes: ['DIR', 'FILE'],
    says: 'Enrol a laptop’s signing key at an archive, before the laptop travels.',
    options: {
      name: { value: 'NAME', says: 'Whose laptop it is.' },
      until: { value: 'DATE', says: 'The last day its bags are opened; a day that is past takes it off.' },
    },
    more: 'Compare the key id that is shown with the one on the laptop: coldstart keys show',
    run: async at => {
      const name = at.option('name');
      const until = at.option('until');
      if (name === undefined)
        throw new FieldError({
          code: 'bad-ask',
          says: 'It is not clear whose laptop this is.',
          untouched: 'Nobody was enrolled.',
          next: 'Add --name NAME.',
        });
      const laptop = await at.call('hq.enroll', {
        at: at.path(at.arg(0)),
        key: at.path(at.arg(1)),
        name,
        ...(until === undefined ? {} : { until }),
      });
      return {
        json: laptop,
        text: `✓ ${laptop.name} is enrolled with key ${laptop.id}${laptop.until === undefined ? '' : `, until ${laptop.until.slice(0, 10)}`}.\n  Compare this id with what the laptop shows: coldstart keys show`,
      };
    },
  },
  {
    name: 'hq sign-keys',
    takes: ['LIST.json'],
    says: 'Check a key list of headquarters and sign it with the offline root key.',
    options: {
      'root-key': { value: 'FILE', says: 'The secret root key, without a password (minisign -G -W).' },
    },
    more: 'Do it on the machine where the root key lives. A list needs a higher serial than every one before it.',
    run: async at => {
      const done = await at.call('hq.signKeys', {
        list: at.path(at.arg(0)),
        rootKey: wanted(at, 'root-key', 'Name the secret root key.'),
      });
      return {
        json: done,
        text: [
          ...done.keys.map(each => `  ${line(each)}`),
          `✓ Serial ${done.serial}, signed with root key ${done.rootKey}: ${done.signature}`,
          `  Put both files into ${fromHqFolder} on every stick that goes out, as ${done.name} and ${done.name}.minisig.`,
        ].join('\n'),
      };
    },
  },
];
