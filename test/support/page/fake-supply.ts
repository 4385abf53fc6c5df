import { encode } from 'uqr';
import type { CallHandlers, FeedHandlers } from '../../../main/bridge/handlers.ts';
import type { BagCheck, Export, ExportCopy, Progress, Stick } from '../../../preload/contract/domain.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { ExportId } from '../../../preload/contract/ids.ts';
import { exportChoices } from '../../../preload/contract/supply/exports.ts';
import type { ExportChoice } from '../../../preload/contract/supply/exports.ts';
import type { KeysShown } from '../../../preload/contract/supply/keys.ts';
import * as made from './made-up.ts';

const wait = (ms: number): Promise<void> => new Promise(done => setTimeout(done, ms));
const refuse = (code: 'refused' | 'consent-needed' | 'check-failed', says: string): never => {
  throw new FieldError({ code, says, untouched: 'Nothing was changed.', next: 'Compare it once more.' });
};

const bagName = 'coldstart-00000000-20261122T185300Z';
const stick = '/media/technician/COLDSTART-STICK';
export const paper = `AGE-SECRET-KEY-1${'QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L'.repeat(2).slice(0, 58)}`;

const id = (n: number): ExportId => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}` as ExportId;
const check = (path: string): BagCheck => made.exported(path.replace(/\/[^/]*$/, ''), false).check;
const copy = (path: string, days: number, left?: number): ExportCopy => ({
  path,
  on: path.replace(/\/[^/]*$/, ''),
  writtenAt: made.ago(days * 1440),
  check: check(path),
  ...(left !== undefined && { leftAt: made.ago(left * 1440) }),
});

/** Exports in every state an earlier one can be in. */
const earlier: readonly Export[] = [
  {
    ...made.exported(stick, false),
    counter: 12,
    laptopKey: '7D4C1A9B0E55F310',
    at: made.ago(2 * 1440),
    copies: [
      copy(`${stick}/${bagName}`, 2),
      copy('/media/technician/SECOND/coldstart-00000000-20261122T185300Z', 2, 1),
    ],
    state: 'left',
  },
  {
    ...made.exported('/media/technician/OLD', false),
    id: id(42),
    counter: 11,
    laptopKey: '7D4C1A9B0E55F310',
    at: made.ago(20 * 1440),
    clockDoubtful: true,
    copies: [copy(`/media/technician/OLD/${bagName}`, 20, 19)],
    state: 'left',
    overdueSince: made.ago(19 * 1440),
  },
  {
    ...made.exported('/media/technician/OLD', false),
    id: id(43),
    counter: 10,
    laptopKey: '7D4C1A9B0E55F310',
    at: made.ago(27 * 1440),
    copies: [copy(`/media/technician/OLD/${bagName}`, 27, 27)],
    state: 'confirmed',
    receipt: {
      receivedAt: made.ago(22 * 1440),
      importedAt: made.ago(20 * 1440),
      key: '0123456789ABCDEF',
      late: true,
      verdict: 'received',
      says: 'Everything arrived; 2 snapshots restore.',
    },
  },
  {
    ...made.exported('/media/technician/OLD', false),
    id: id(44),
    counter: 9,
    laptopKey: '7D4C1A9B0E55F310',
    at: made.ago(34 * 1440),
    copies: [copy(`/media/technician/OLD/${bagName}`, 34, 34)],
    state: 'not-restorable',
    receipt: {
      receivedAt: made.ago(30 * 1440),
      importedAt: made.ago(27 * 1440),
      key: '0123456789ABCDEF',
      late: false,
      verdict: 'not-restorable',
      says: 'It arrived, but snapshot etcd-snapshot-summit-1 does not restore. It frees nothing.',
    },
  },
];

const laptop = {
  id: '7D4C1A9B0E55F310',
  key: 'RWQQ81UOmxpMfeYV4mDd0kJ9nN1vC3sG5tH7uJ8wK0xL2yM4zN6bP8qR',
  since: made.ago(90 * 1440),
};

type Names =
  | 'stick.list'
  | 'stick.eject'
  | 'export.plan'
  | 'export.write'
  | 'export.list'
  | 'export.left'
  | 'export.choices'
  | 'export.choose'
  | 'bag.verify'
  | 'post.take'
  | 'keys.show'
  | 'keys.make'
  | 'keys.rotate'
  | 'keys.look'
  | 'keys.trust'
  | 'breakglass.make'
  | 'breakglass.drill';

/**
 * The supply run and its keys. Scenarios: `stick-full`, `stick-held` (an earlier try lies there), `stick-slow` (writing
 * takes long), `stick-later` (plugged in after the page was opened), `stick-busy` (cannot be taken out), `bag-bad` (read back, and not in order), `no-keys`.
 */
export function supplyStandIn(
  scenario: string,
  { practice, full }: { readonly practice: boolean; readonly full: boolean },
): { readonly calls: Pick<CallHandlers, Names>; readonly feeds: Pick<FeedHandlers, 'stick.watch'> } {
  let sticks: readonly Stick[] = practice ? [] : made.sticks;
  let written: readonly Export[] = full ? earlier : [];
  let choices: readonly ExportChoice[] = exportChoices.filter(each => each !== 'black-boxes');
  let keys: KeysShown = made.keys(scenario === 'no-keys' || !full);
  const writing = async (progress: (p: Progress) => void, signal: AbortSignal): Promise<void> => {
    const rounds = scenario === 'stick-slow' ? 300 : 6;
    for (let i = 0; i < rounds && !signal.aborted; i++) {
      progress({
        what: '2 of 3: writing',
        done: Math.min(i + 40, 95) * 1e7,
        total: 1e9,
        unit: 'bytes',
        remainingSeconds: 140,
      });
      await wait(scenario === 'stick-slow' ? 100 : 15);
    }
    if (signal.aborted)
      throw new FieldError({
        code: 'cancelled',
        says: 'Writing the bag was stopped because you asked for it.',
        untouched: 'The sealed files are kept on the laptop; what is on the stick stays marked .partial.',
        next: 'Export to the same place: it continues where it stopped.',
      });
  };
  const plugged = (): readonly Stick[] =>
    scenario === 'stick-later' && performance.now() < 2500 ? [] : sticks;
  async function* watch(signal: AbortSignal): AsyncGenerator<readonly Stick[], void> {
    for (let told: readonly Stick[] | undefined; !signal.aborted; await wait(100)) {
      const now = plugged();
      if (now.length !== told?.length) yield now;
      told = now;
    }
  }
  const calls: Pick<CallHandlers, Names> = {
    'stick.list': plugged,
    'stick.eject': async ({ path }) => {
      await wait(30);
      if (scenario === 'stick-busy')
        return {
          safe: false,
          poweredOff: false,
          says: 'NOT safe to unplug: this account could not unmount it.',
          command: 'sudo umount /dev/sdb1 && sudo udisksctl power-off -b /dev/sdb',
        };
      sticks = sticks.filter(each => each.path !== path);
      return { safe: true, poweredOff: true, says: 'Safe to unplug: written out, unmounted.' };
    },
    'export.plan': ({ site, to }) => ({
      site,
      to,
      bag: bagName,
      items: [
        { path: 'data/snapshots/1.db.age', what: 'snapshot', bytes: 4_800_720 },
        { path: 'data/snapshots/2.db.age', what: 'snapshot', bytes: 4_610_720 },
        { path: 'data/inventory/inventory.json.age', what: 'inventory', bytes: 2_310 },
        { path: 'data/audit/decisions.jsonl.age', what: 'audit', bytes: 48_210 },
        { path: 'data/config/server-tokens.json.age', what: 'config', bytes: 910 },
      ],
      bytes: 9_470_150,
      free: scenario === 'stick-full' ? 1_000_000 : 41_000_000_000,
      enough: scenario !== 'stick-full',
      ...(scenario === 'stick-full' && {
        short: 'The bag needs 9.1 MiB there, and only 1000 KiB are free.',
      }),
      recipients: [made.recipient],
      breakGlass: made.safeRecipient,
      ...(full && scenario !== 'stick-full' && { seconds: 150 }),
      warnings: practice
        ? []
        : [
            'Nobody has tried the paper from the safe yet. Do the drill with this bag before the stick leaves (page Keys, or coldstart keys drill BAG).',
            'One export has no receipt after two supply runs. What they carried goes out again now.',
          ],
      heldBytes: scenario === 'stick-held' ? 6_100_000 : 0,
    }),
    'export.write': async ({ to }, { progress, signal }) => {
      await writing(progress, signal);
      const one = made.exported(to, practice);
      const bad: Partial<BagCheck> =
        scenario === 'bag-bad'
          ? { complete: false, problems: ['data/snapshots/1.db.age: its SHA-256 is not the one written.'] }
          : { readBack: 'from-medium' };
      const result: Export = {
        ...one,
        id: id(45),
        counter: 13,
        laptopKey: laptop.id,
        check: { ...one.check, ...bad },
        copies: [{ ...copy(one.path, 0), check: { ...one.check, ...bad } }],
      };
      written = [result, ...written.filter(each => each.id !== result.id)];
      return result;
    },
    'export.list': () => written,
    'export.left': ({ export: of, path }) => {
      written = written.map(each =>
        each.id === of
          ? {
              ...each,
              state: 'left',
              copies: each.copies.map(one => (one.path === path ? { ...one, leftAt: made.ago(0) } : one)),
            }
          : each,
      );
      return written.find(each => each.id === of) ?? refuse('refused', 'There is no such export.');
    },
    'export.choices': () => choices,
    'export.choose': ({ choices: next }) => (choices = next),
    'bag.verify': ({ path }) => ({
      ...made.exported(path, practice).check,
      complete: false,
      problems: ['data/snapshots/1.db.age: its SHA-256 is not the one in the manifest.'],
    }),
    'post.take': async ({ from }) => {
      await wait(20);
      const at = `${from}/coldstart-from-hq`;
      return {
        receipts: [
          {
            path: `${at}/receipts/receipt-1.json`,
            is: 'confirmed',
            export: id(43),
            says: 'Everything arrived; 2 snapshots restore.',
          },
          {
            path: `${at}/receipts/receipt-2.json`,
            is: 'refused',
            says: 'This receipt is signed by key 1111111111111111, which is no receipt key of headquarters. Take the newest key list of headquarters first. If the key is not in it, tell headquarters.',
          },
        ],
        notes: [
          {
            path: `${at}/notes/1.txt`,
            is: 'new',
            says: 'A note of headquarters.',
            note: {
              id: 'n1',
              at: made.ago(1440),
              title: 'Spare disk',
              text: 'A spare disk for hut-2 comes with the next courier.',
              key: '0123456789ABCDEF',
              takenAt: made.ago(0),
            },
          },
        ],
        keyLists: [
          {
            path: `${at}/keys/keys-8.json`,
            is: 'newer',
            serial: 8,
            changes: ['Receipt key added: 2222222222222222 (receipts 2027)'],
            says: 'Serial 8 is newer than 7, which was taken here.',
          },
        ],
        bundles: [{ path: `${at}/bundles/v1.35.3`, name: 'v1.35.3' }],
      };
    },
    'keys.show': () => keys,
    'keys.make': () => (keys = { ...keys, laptop, missing: [] }),
    'keys.rotate': () =>
      (keys = {
        ...keys,
        laptop: { ...laptop, id: '55AA55AA55AA55AA', since: made.ago(0) },
        earlierLaptopKeys: [laptop],
      }),
    'keys.look': ({ path }) =>
      path.endsWith('.pub')
        ? {
            is: 'root',
            typed: '00C0FFEE00C0FFEE',
            changes: ['Root key added: 00C0FFEE00C0FFEE'],
          }
        : {
            is: 'list',
            serial: 8,
            changes: [
              'Receipt key added: 2222222222222222 (receipts 2027)',
              'Receipt key removed: 0123456789ABCDEF (receipts 2026)',
            ],
          },
    'keys.trust': ({ path }) =>
      path.endsWith('.pub')
        ? { is: 'root', typed: '00C0FFEE00C0FFEE', changes: [] }
        : { is: 'list', serial: 8, changes: [] },
    'breakglass.make': () => ({
      recipient: made.safeRecipient,
      identity: paper,
      qr: encode(paper, { ecc: 'M', border: 0 }).data,
    }),
    'breakglass.drill': async ({ identity }) => {
      await wait(30);
      return identity.replaceAll(/\s/g, '').startsWith('AGE-SECRET-KEY-1')
        ? {
            says: 'The paper opens this bag, and etcd-snapshot-summit-1 from it restores: the whole site.',
            snapshot: 'etcd-snapshot-summit-1',
          }
        : refuse('check-failed', 'That is not an age identity, or a character of it is wrong.');
    },
  };
  return { calls, feeds: { 'stick.watch': (_, signal) => watch(signal) } };
}
