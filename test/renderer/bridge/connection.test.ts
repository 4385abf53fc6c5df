import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryPair } from '../../../main/bridge/memory-carrier.ts';
import { serve } from '../../../main/bridge/serve.ts';
import { client } from '../../../preload/contract/client.ts';
import type { Client } from '../../../preload/contract/client.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { RunId } from '../../../preload/contract/ids.ts';
import { connection } from '../../../renderer/bridge/connection.ts';
import type { Connection } from '../../../renderer/bridge/connection.ts';
import { gateCarriers } from '../../../renderer/bridge/gate-carrier.ts';
import { failing } from '../../support/failing.ts';
import { answering } from '../../support/handlers.ts';

const run = '22222222-2222-4222-8222-222222222222' as RunId;

/** A host that can be pulled and plugged in again. */
function someHost() {
  let refuses: FieldError | undefined;
  let there = true;
  let attempts = 0;
  let cut: () => void = () => {};
  const connect = async (): Promise<Client> => {
    attempts += 1;
    if (refuses) throw refuses;
    if (!there) throw new Error('connection refused');
    const { host, page } = memoryPair();
    serve(host, answering({ calls: { 'site.list': () => [] } }));
    cut = () => host.close();
    return client(page);
  };
  return {
    connect,
    attempts: () => attempts,
    pull: () => {
      there = false;
      cut();
    },
    plugIn: () => {
      there = true;
    },
    refuse: (failure: FieldError | undefined) => {
      refuses = failure;
    },
  };
}

/** Waits that last until the test lets them pass; the milliseconds asked for are kept. */
function handWound() {
  const asked: number[] = [];
  let pass: () => void = () => {};
  return {
    asked,
    pass: () => pass(),
    wait: (ms: number) =>
      new Promise<void>(done => {
        asked.push(ms);
        pass = done;
      }),
  };
}

async function until(connection: Connection, is: string): Promise<void> {
  while (connection.standing().is !== is)
    await new Promise<void>(done => {
      const stop = connection.watch(() => {
        stop();
        done();
      });
    });
}

test('a question asked while the page is still connecting waits for the answer', async () => {
  const host = connection({ connect: someHost().connect, wait: handWound().wait });
  assert.equal(host.standing().is, 'connecting');
  assert.deepEqual(await host.call('site.list', {}), []);
  assert.equal(host.standing().is, 'open');
});

test('a lost connection is told, tried again with growing pauses, and comes back', async () => {
  const station = someHost();
  const clock = handWound();
  const host = connection({ connect: station.connect, wait: clock.wait });
  await until(host, 'open');
  station.pull();
  await until(host, 'lost');
  await failing('gone-away', () => host.call('site.list', {}));
  await failing('gone-away', () => host.listen('run.news', { run }).next());
  while (clock.asked.length < 7) {
    clock.pass();
    await new Promise(done => setImmediate(done));
  }
  assert.deepEqual(clock.asked, [125, 250, 500, 1000, 2000, 4000, 4000]);
  station.plugIn();
  clock.pass();
  await until(host, 'open');
  assert.deepEqual(await host.call('site.list', {}), []);
});

test('a refusal stands with its reason until the technician tries again', async () => {
  const station = someHost();
  station.refuse(new FieldError({ code: 'held-elsewhere', says: 'In use by process 4711.' }));
  const host = connection({ connect: station.connect, wait: handWound().wait });
  await until(host, 'refused');
  assert.match((await failing('held-elsewhere', () => host.call('site.list', {}))).says, /4711/);
  assert.equal(station.attempts(), 1);
  station.refuse(undefined);
  host.again();
  assert.equal(host.standing().is, 'connecting');
  await until(host, 'open');
});

test('where it stands is the same object until something changes', async () => {
  const host = connection({ connect: someHost().connect, wait: handWound().wait });
  assert.equal(host.standing(), host.standing());
  await until(host, 'open');
  assert.equal(host.standing(), host.standing());
});

test('each carrier through the gate of the window takes over from the one before', () => {
  let fromHost: (frame: unknown) => void = () => {};
  const posted: unknown[] = [];
  const next = gateCarriers({
    post: frame => posted.push(frame),
    hear: listener => {
      fromHost = listener;
    },
  });
  const heard: string[] = [];
  const first = next();
  first.hear(frame => heard.push(`first ${String(frame)}`));
  fromHost(1);
  first.close();
  fromHost(2);
  const second = next();
  second.hear(frame => heard.push(`second ${String(frame)}`));
  fromHost(3);
  first.post('stale');
  second.post('fresh');
  assert.deepEqual(heard, ['first 1', 'second 3']);
  assert.deepEqual(posted, [{ t: 'bye' }, 'fresh']);
});
