import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { ConsoleId } from '../../../preload/contract/ids.ts';
import { usualLine } from '../../../preload/contract/serial.ts';
import type { ConsoleNews } from '../../../preload/contract/serial.ts';
import { failing } from '../../support/failing.ts';
import { practiceSite } from '../../support/practice-site.ts';
import type { OpenApp, PracticeSite } from '../../support/practice-site.ts';
import { context } from '../../support/sites.ts';

const port = 'practice:practice-node-1';

interface Watched {
  readonly id: ConsoleId;
  readonly news: ConsoleNews[];
  text(): string;
  until(holds: (watched: Watched) => boolean): Promise<void>;
}

/** Opens the console as a view would, and keeps listening until the test ends. */
async function watched(t: TestContext, app: OpenApp): Promise<Watched> {
  const left = new AbortController();
  t.after(() => left.abort());
  const news: ConsoleNews[] = [];
  let wake = (): void => undefined;
  const first = Promise.withResolvers<ConsoleId>();
  void (async () => {
    const feed = app.handlers.feeds['console.open']({ port, settings: usualLine }, left.signal);
    for await (const one of feed) {
      news.push(one);
      if (one.is === 'opened') first.resolve(one.console);
      wake();
    }
  })().catch(first.reject);
  const self: Watched = {
    id: await first.promise,
    news,
    text: () =>
      news.map(one => (one.is === 'bytes' ? Buffer.from(one.bytes).toString('latin1') : '')).join(''),
    until: async holds => {
      const late = AbortSignal.timeout(15_000);
      while (!holds(self)) {
        if (late.aborted)
          assert.fail(`it did not come to this:\n${JSON.stringify(news.at(-1))}\n${self.text()}`);
        await new Promise<void>(resolve => {
          wake = resolve;
          setTimeout(resolve, 200);
        });
      }
    },
  };
  return self;
}

const stands = (is: string) => (w: Watched) => {
  const states = w.news.flatMap(one => (one.is === 'state' || one.is === 'opened' ? [one.state.is] : []));
  return states.at(-1) === is;
};

const opened = async (t: TestContext): Promise<{ site: PracticeSite; app: OpenApp }> => {
  const site = await practiceSite(t);
  return { site, app: await site.open(undefined, 'serial') };
};

test('a console is watched, typed on, and logged in on with the node’s own login', async t => {
  const { app } = await opened(t);
  const [listed] = await app.calls['serial.list']({}, context());
  assert.equal(listed?.port, port);
  assert.equal(listed?.node, app.node, 'the port is known as this node’s console');
  const console = await watched(t, app);
  await app.calls['console.act']({ console: console.id, deed: 'wake' }, context());
  await console.until(stands('login'));
  await app.calls['console.act']({ console: console.id, deed: 'log-in', node: app.node }, context());
  await console.until(stands('shell'));
  await app.calls['console.type']({ console: console.id, bytes: Buffer.from('echo $((6*7))\r') }, context());
  await console.until(w => /\r42\r\n/.test(w.text()));
  assert.equal((await app.calls['serial.list']({}, context()))[0]?.standing.is, 'ours');
});

test('two views see the same console, and a run that drives it keeps both from typing', async t => {
  const { app } = await opened(t);
  const one = await watched(t, app);
  const two = await watched(t, app);
  assert.equal(one.id, two.id);
  const run = app.handlers.feeds['exec.open'](
    { node: app.node, command: 'echo begun; sleep 2', as: 'login' },
    new AbortController().signal,
  );
  for await (const news of run) {
    if (news.is !== 'stdout') continue;
    await two.until(w => w.news.some(item => item.is === 'driven' && item.by !== undefined));
    await failing('held-elsewhere', () =>
      app.calls['console.type']({ console: one.id, bytes: Buffer.from('x') }, context()),
    );
    await failing('held-elsewhere', () => app.calls['console.close']({ console: one.id }, context()));
  }
});

test('BREAK and SysRq want their word typed', async t => {
  const { app } = await opened(t);
  const console = await watched(t, app);
  for (const deed of ['break', 'sysrq'] as const)
    for (const typed of [undefined, 'yes', deed]) {
      const asked = { console: console.id, deed, ...(typed !== undefined && { typed }) };
      await failing('consent-needed', () => app.calls['console.act'](asked, context()));
    }
});

test('a closed console ends its views, and its id is gone', async t => {
  const { app } = await opened(t);
  const console = await watched(t, app);
  await app.calls['console.close']({ console: console.id }, context());
  await console.until(w => w.news.at(-1)?.is === 'closed');
  await failing('gone-away', () =>
    app.calls['console.type']({ console: console.id, bytes: Buffer.from('x') }, context()),
  );
});

test('the speed that was found for a node’s cable is kept with the node', async t => {
  const { app } = await opened(t);
  await app.calls['node.cable']({ node: app.node, cable: { port } }, context());
  await app.calls['node.over']({ node: app.node, over: 'serial' }, context());
  await app.calls['node.look']({ node: app.node }, context());
  const [node] = await app.calls['node.list']({}, context());
  assert.deepEqual(node?.cable, { port, settings: usualLine });
});

test('without a cable there is no way over it, and SSH is no cable', async t => {
  const app = await (await practiceSite(t)).open();
  await failing('bad-ask', () => app.calls['node.over']({ node: app.node, over: 'serial' }, context()));
  await failing('refused', () => app.calls['node.pinByCable']({ node: app.node }, context()));
});

test('host keys are read over the cable and pinned for the node’s address', async t => {
  const { site, app } = await opened(t);
  const { pinned } = await app.calls['node.pinByCable']({ node: app.node }, context());
  assert.ok(pinned.includes(site.station.fingerprint));
  assert.equal((await app.calls['node.list']({}, context()))[0]?.hostKey, pinned[0]);
});
