import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { exerciseNames } from '../../preload/contract/exercises.ts';
import { exercises } from '../../main/practice/exercises/book.ts';
import type { Exercises } from '../../main/ports.ts';
import type { PracticeStation } from '../../main/practice/station.ts';
import { systemClock } from '../../main/machine/clock.ts';
import { failing } from '../support/failing.ts';
import { folder } from '../support/folder.ts';
import { station } from './station.ts';

interface Class {
  readonly practice: PracticeStation;
  readonly book: Exercises;
  readonly home: string;
}

async function school(t: TestContext): Promise<Class> {
  const home = folder(t);
  const practice = await station(t, home);
  practice.serial.side.pace = 0.02;
  return { practice, book: exercises(practice, { home, clock: systemClock }), home };
}

const quick = (practice: PracticeStation): void => practice.set({ k3sStartMs: 40, k3sReadyMs: 40 });

async function ready(practice: PracticeStation): Promise<void> {
  for (let turn = 0; turn < 100; turn += 1) {
    if ((await practice.run('k3s kubectl get nodes --no-headers | grep -qw Ready')).status === 0) return;
    await practice.node.clock.sleep(50);
  }
}

describe('exercises', { concurrency: 4 }, () => {
  test('there is an exercise for every cause and restore, each with a goal, a story, hints and measurements', async t => {
    const { book } = await school(t);
    const all = book.list();
    assert.deepEqual(all.map(one => one.exercise).sort(), [...exerciseNames].sort());
    for (const one of all) {
      assert.ok(one.hints >= 3, one.title);
      assert.ok((one.story.match(/[.?](?= |$)/g)?.length ?? 0) >= 2, one.story);
      assert.equal(one.standing, 'not-begun');
      assert.deepEqual(one.shown, []);
    }
  });

  test('a begun exercise does not pass before the node is cured, and passes after', async t => {
    const { practice, book } = await school(t);
    assert.equal((await book.begin('config-typo')).standing, 'begun');
    quick(practice);
    const before = await book.check();
    assert.equal(before.passed, false);
    assert.match(before.says, /^Not yet: \d of \d/);
    assert.equal(before.parts.find(part => part.says.startsWith('K3s runs'))?.holds, false);
    assert.equal(book.hint().shown.length, 1);
    assert.equal(book.hint().shown.length, 2);
    await practice.run('sed -i "s/^ - 192/  - 192/" /etc/rancher/k3s/config.yaml; systemctl restart k3s');
    await ready(practice);
    const after = await book.check();
    assert.deepEqual(
      after.parts.filter(part => !part.holds),
      [],
    );
    assert.deepEqual([after.passed, after.hints], [true, 2]);
    assert.equal(book.list().find(one => one.exercise === 'config-typo')?.best?.hints, 2);
  });

  test('a cure that throws the data away does not pass', async t => {
    const { practice, book } = await school(t);
    await book.begin('wal-corrupt');
    quick(practice);
    await practice.run('systemctl stop k3s; rm -rf /var/lib/rancher/k3s/server/db/etcd; systemctl start k3s');
    await ready(practice);
    const { passed, parts } = await book.check();
    assert.equal(passed, false);
    assert.deepEqual(
      parts.map(part => part.holds),
      [true, false, false],
    );
    assert.match(parts.at(-1)?.says ?? '', /data was not begun anew/);
  });

  test('leaving gives the trainee’s own node back, also after several exercises and a new start', async t => {
    const { practice, book, home } = await school(t);
    await practice.run('echo mine >/root/mine');
    const { machineId } = practice.node.identity;
    await book.begin('no-default-route');
    assert.equal(practice.node.identity.machineId, machineId, 'it stays the same machine');
    assert.equal((await practice.run('cat /root/mine')).status, 1);
    await book.begin('port-taken');
    const again = exercises(practice, { home, clock: systemClock });
    assert.equal(again.list().find(one => one.standing === 'begun')?.exercise, 'port-taken');
    await again.leave();
    assert.equal((await practice.run('cat /root/mine')).stdout, 'mine\n');
    assert.equal(practice.node.identity.machineId, machineId);
    assert.doesNotMatch(readFileSync(join(home, 'station', 'exercises.json'), 'utf8'), /port-taken/);
    await failing('bad-ask', () => again.leave());
  });

  test('a dying card is passed by reading it off, and not by repairing it', async t => {
    const { practice, book } = await school(t);
    await book.begin('card-read-only');
    assert.equal((await book.check()).passed, false);
    await practice.run(
      'cat /var/lib/rancher/k3s/server/token /var/lib/rancher/k3s/server/db/snapshots/* /var/lib/rancher/k3s/server/db/etcd/member/snap/db >/dev/null',
    );
    assert.equal((await book.check()).passed, true);
    await practice.run('mount -o remount,rw /');
    const { passed, parts } = await book.check();
    assert.equal(passed, false);
    assert.equal(parts[0]?.says, 'Nothing was written to the card.');
    assert.equal(parts[0]?.holds, false);
  });

  test('a hint or a check without an exercise says what to do', async t => {
    const { book } = await school(t);
    const { next } = await failing('bad-ask', () => book.hint());
    assert.match(next ?? '', /exercise begin/);
    await failing('bad-ask', () => book.check());
  });
});
