import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CallName, FeedName } from '../../../preload/contract/contract.ts';
import type { LanNow, ScanNews } from '../../../preload/contract/scan.ts';
import type { Host } from '../../../renderer/features/app/host.ts';
import { makePage } from '../../../renderer/features/app/page.ts';
import type { Page } from '../../../renderer/features/app/page.ts';
import { stopTask } from '../../../renderer/features/app/ask.ts';
import {
  choose,
  keepNever,
  loadInventory,
  loadLan,
  preferFast,
  preferKey,
  scan,
  scanKey,
} from '../../../renderer/features/map/actions.ts';
import { scanStandIn } from '../../support/page/fake-scan.ts';
import { lan } from '../../support/page/made-up-map.ts';

type Said = readonly [name: string, args: unknown];
type Answer = (args: unknown, context: unknown) => unknown;
type Feed = (args: unknown, signal: AbortSignal) => AsyncIterable<ScanNews>;

/** A page over the stand-in, and what it asked for. */
function opened(scenario: string): { readonly page: Page; readonly said: Said[] } {
  const standIn = scanStandIn(scenario, true);
  const said: Said[] = [];
  const host = {
    world: 'real',
    enterWorld: () => undefined,
    call: async (name: CallName, args: unknown) => {
      said.push([name, args]);
      return await (standIn.calls as Partial<Record<CallName, Answer>>)[name]?.(args, {});
    },
    listen: (name: FeedName, args: unknown, { signal }: { readonly signal: AbortSignal }) => {
      said.push([name, args]);
      return (standIn.feeds as Partial<Record<FeedName, Feed>>)[name]?.(args, signal);
    },
    standing: () => ({ is: 'open' }),
    watch: () => () => undefined,
    again: () => undefined,
  } as unknown as Host;
  return { page: makePage(host, '#/map'), said };
}

async function ready(scenario = ''): Promise<ReturnType<typeof opened>> {
  const made = opened(scenario);
  await Promise.all([loadLan(made.page), loadInventory(made.page)]);
  return made;
}

const ran = (said: readonly Said[]): unknown => said.find(([name]) => name === 'scan.run')?.[1];

test('a scan asks what is ticked, gently, and never what is on the list', async () => {
  const { page, said } = await ready();
  await scan(page);
  assert.deepEqual(ran(said), {
    networks: ['192.168.40.0/24', 'fe80::/64%eth0'],
    pace: 'polite',
    exclude: ['192.168.40.60'],
  });
  assert.equal(page.map.getState().scan?.summary?.found, 13);
  assert.equal(page.app.getState().tasks[scanKey]?.is, 'done');
});

test('a wide network goes out only with the repetition that was typed', async () => {
  const { page, said } = await ready();
  choose(page, { typed: '10.0.0.0/16' });
  await scan(page);
  assert.equal(ran(said), undefined);
  choose(page, { again: { '10.0.0.0/16': '10.0.0.0/16' } });
  await scan(page);
  assert.deepEqual((ran(said) as { readonly wide?: unknown }).wide, ['10.0.0.0/16']);
});

test('a list that was changed is kept before the first address is asked', async () => {
  const { page, said } = await ready();
  choose(page, { never: '192.168.40.60 192.168.40.61' });
  await scan(page);
  const names = said.map(([name]) => name);
  assert.ok(names.includes('scan.prefer') && names.indexOf('scan.prefer') < names.indexOf('scan.run'));
  assert.deepEqual((ran(said) as { readonly exclude?: unknown }).exclude, ['192.168.40.60', '192.168.40.61']);
  const { lan: kept, choice } = page.map.getState();
  assert.deepEqual(kept.value?.networks[0]?.exclude, ['192.168.40.60', '192.168.40.61']);
  assert.equal(choice.never, undefined);
});

test('an emptied list is kept as well', async () => {
  const { page } = await ready();
  choose(page, { never: '' });
  assert.equal(await keepNever(page), true);
  assert.deepEqual(page.map.getState().lan.value?.networks[0]?.exclude, []);
});

test('agreeing to the fast pace keeps the list of the network, and the other way round', async () => {
  const { page } = await ready();
  await preferFast(page, '192.168.40.0/24', true);
  const first = (value: LanNow | undefined) => value?.networks[0];
  assert.deepEqual(
    [first(page.map.getState().lan.value)?.fast, first(lan)?.exclude],
    [true, ['192.168.40.60']],
  );
  choose(page, { never: '192.168.40.9' });
  await keepNever(page);
  const kept = first(page.map.getState().lan.value);
  assert.deepEqual([kept?.fast, kept?.exclude], [true, ['192.168.40.9']]);
});

test('agreeing to the fast pace shows at once, and goes back when it could not be kept', async () => {
  const { page } = await ready();
  const done = preferFast(page, 'no-network', true);
  assert.equal(page.map.getState().choice.fast['no-network'], true);
  await done;
  assert.equal(page.map.getState().choice.fast['no-network'], false);
  const task = page.app.getState().tasks[preferKey];
  assert.equal(task?.is === 'failed' && task.failure.code, 'bad-ask');
});

test('a scan that is stopped keeps what was found, and calls nothing missing', async () => {
  const { page } = await ready('map-slow');
  const done = scan(page);
  while ((page.map.getState().scan?.found ?? 0) < 4) await new Promise(go => setTimeout(go, 5));
  stopTask(page, scanKey);
  await done;
  const { scan: shown, inventory } = page.map.getState();
  assert.deepEqual([shown?.stopped, shown?.summary], [true, undefined]);
  assert.ok((inventory.value?.machines.length ?? 0) >= 14);
});

test('what the host refuses is the end of the scan, with its reason', async () => {
  const { page } = await ready();
  choose(page, { typed: 'not-a-network' });
  await scan(page);
  const task = page.app.getState().tasks[scanKey];
  assert.equal(task?.is === 'failed' && task.failure.code, 'bad-ask');
  assert.equal(page.map.getState().scan?.summary, undefined);
});
