import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { NodeId } from '../../../preload/contract/ids.ts';
import type { Link } from '../../../main/ports.ts';
import { sharedLinks } from '../../../main/services/sites/shared-links.ts';
import { failing } from '../../support/failing.ts';
import { localLink } from '../../support/local-link.ts';
import type { LocalLink } from '../../support/local-link.ts';
import { testClock } from '../../support/test-clock.ts';

const node = 'n' as NodeId;
const stopless = new AbortController().signal;
const turn = () => new Promise(done => setImmediate(done));

function shared(t: TestContext) {
  const clock = testClock();
  const opened: LocalLink[] = [];
  const links = sharedLinks(clock, async () => {
    const link = localLink();
    opened.push(link);
    return link;
  });
  t.after(() => links.close());
  return { clock, opened, links };
}

test('users at the same time share one connection', async t => {
  const { links, opened } = shared(t);
  const seen = await Promise.all([1, 2, 3].map(() => links.use(node, stopless, async link => link)));
  assert.equal(opened.length, 1);
  assert.ok(seen.every(link => link === opened[0]));
  await links.use('other' as NodeId, stopless, async () => undefined);
  assert.equal(opened.length, 2);
});

test('a link lingers for twenty seconds after its last user, then it is closed', async t => {
  const { links, opened, clock } = shared(t);
  await links.use(node, stopless, async () => undefined);
  await clock.pass(19_000);
  assert.equal(opened[0]?.isClosed, false);
  await links.use(node, stopless, async () => undefined);
  await clock.pass(19_000);
  assert.equal(opened[0]?.isClosed, false, 'a new user begins the wait anew');
  await clock.pass(1_000);
  assert.equal(opened[0]?.isClosed, true);
  assert.equal(clock.sleeping, 0);
  await links.use(node, stopless, async () => undefined);
  assert.equal(opened.length, 2);
});

test('a link is not closed under someone who is working', async t => {
  const { links, opened, clock } = shared(t);
  const work = Promise.withResolvers<void>();
  const done = links.use(node, stopless, () => work.promise);
  await turn();
  await clock.pass(60_000);
  assert.equal(opened[0]?.isClosed, false);
  work.resolve();
  await done;
});

test('after a lost link the next user gets a new one', async t => {
  const { links, opened } = shared(t);
  await links.use(node, stopless, async () => {
    opened[0]?.cut();
    await turn();
    await links.use(node, stopless, async link => {
      assert.equal(link, opened[1]);
    });
  });
  assert.equal(opened[0]?.isClosed, true);
});

test('a dropped link serves its present users to the end and takes no new ones', async t => {
  const { links, opened } = shared(t);
  const work = Promise.withResolvers<void>();
  const done = links.use(node, stopless, () => work.promise);
  await turn();
  await links.drop(node);
  assert.equal(opened[0]?.isClosed, false);
  await links.use(node, stopless, async link => {
    assert.equal(link, opened[1]);
  });
  work.resolve();
  await done;
  await turn();
  assert.equal(opened[0]?.isClosed, true);
});

test('closing closes every link, lingering or in use, and takes no new users', async t => {
  const { links, opened, clock } = shared(t);
  const work = Promise.withResolvers<void>();
  await links.use('a' as NodeId, stopless, async () => undefined);
  const busy = links.use('b' as NodeId, stopless, () => work.promise);
  await turn();
  await links.close();
  assert.ok(opened.every(link => link.isClosed));
  assert.equal(clock.sleeping, 0);
  work.resolve();
  await busy;
  await failing('cancelled', () => links.use(node, stopless, async () => undefined));
});

test('everybody waiting for a link that does not open hears why, and the next one tries again', async t => {
  let tries = 0;
  const links = sharedLinks(testClock(), async () => {
    tries++;
    throw new FieldError({ code: 'unreachable', says: 'No answer.' });
  });
  t.after(() => links.close());
  await Promise.all([1, 2].map(() => failing('unreachable', () => links.use(node, stopless, async () => 0))));
  assert.equal(tries, 1);
  await failing('unreachable', () => links.use(node, stopless, async () => 0));
  assert.equal(tries, 2);
});

test('connecting goes on while one user still waits, and stops with the last', async t => {
  const opening = Promise.withResolvers<Link>();
  let stopped = false;
  const links = sharedLinks(testClock(), async (_id, signal) => {
    signal.addEventListener('abort', () => {
      stopped = true;
      opening.reject(new DOMException('', 'AbortError'));
    });
    return await opening.promise;
  });
  t.after(() => links.close());
  const [one, two] = [new AbortController(), new AbortController()];
  const first = failing('cancelled', () => links.use(node, one.signal, async () => 0));
  const second = failing('cancelled', () => links.use(node, two.signal, async () => 0));
  one.abort();
  await first;
  assert.equal(stopped, false);
  two.abort();
  await second;
  assert.equal(stopped, true);
});

test('a link that opened after everybody left is closed', async t => {
  const opening = Promise.withResolvers<Link>();
  const links = sharedLinks(testClock(), () => opening.promise);
  t.after(() => links.close());
  const stop = new AbortController();
  const left = failing('cancelled', () => links.use(node, stop.signal, async () => 0));
  stop.abort();
  await left;
  const link = localLink();
  opening.resolve(link);
  await turn();
  assert.equal(link.isClosed, true);
});
