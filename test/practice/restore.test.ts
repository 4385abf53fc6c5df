import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import type { ExerciseName } from '../../preload/contract/exercises.ts';
import { exercises } from '../../main/practice/exercises/book.ts';
import type { Exercises } from '../../main/ports.ts';
import type { PracticeStation } from '../../main/practice/station.ts';
import { systemClock } from '../../main/machine/clock.ts';
import { folder } from '../support/folder.ts';
import { station } from './station.ts';

const server = '/var/lib/rancher/k3s/server';
const snapshots = `${server}/db/snapshots`;
const reset = 'k3s server --cluster-reset';
const from = (file: string): string => `${reset} --cluster-reset-restore-path=${file}`;
const newest = `$(ls ${snapshots}/* | tail -n 1)`;
const beforeIt = `$(ls ${snapshots}/* | tail -n 2 | head -n 1)`;
const done = /level=info msg="Managed etcd cluster membership has been reset, restart without/;

const quick = { k3sStartMs: 40, k3sReadyMs: 40 };

async function installed(t: TestContext): Promise<PracticeStation> {
  const practice = await station(t);
  practice.set(quick);
  await practice.installK3s('etcd');
  await practice.run('k3s etcd-snapshot save; systemctl stop k3s');
  return practice;
}

async function begun(t: TestContext, name: ExerciseName): Promise<[PracticeStation, Exercises]> {
  const home = folder(t);
  const practice = await station(t, home);
  const book = exercises(practice, { home, clock: systemClock });
  await book.begin(name);
  practice.set(quick);
  return [practice, book];
}

async function ready(practice: PracticeStation): Promise<void> {
  for (let turn = 0; turn < 100; turn += 1) {
    if ((await practice.run('k3s kubectl get nodes --no-headers | grep -qw Ready')).status === 0) return;
    await practice.node.clock.sleep(50);
  }
  throw new Error('K3s never became ready on the practice node');
}

const isThere = async (practice: PracticeStation, path: string): Promise<boolean> =>
  (await practice.run(`ls -d ${path}`)).status === 0;

/** What the check of an exercise does not find to hold. */
const lacking = async (book: Exercises): Promise<readonly string[]> =>
  (await book.check()).parts.filter(part => !part.holds).map(part => part.says);

describe('k3s server --cluster-reset', { concurrency: 4 }, () => {
  test('sets old data and certificates aside, leaves the flag, and stays down until it is started', async t => {
    const practice = await installed(t);
    const uid = practice.clusterUid;
    const ran = await practice.run(from(newest));
    assert.equal(ran.status, 0, ran.stderr);
    assert.match(ran.stderr, done);
    assert.match(ran.stderr, /Pre-restore etcd database moved to \S+\/db\/etcd-old-\d+/);
    for (const path of [`${server}/db/etcd-old-*`, `${server}/tls-*`, `${server}/db/reset-flag`])
      assert.ok(await isThere(practice, path), path);
    assert.equal((await practice.run('systemctl is-active k3s')).stdout, 'inactive\n');
    await practice.run('systemctl start k3s');
    await ready(practice);
    assert.equal(await isThere(practice, `${server}/db/reset-flag`), false);
    assert.equal(practice.clusterUid, uid);
    const check = await practice.run('k3s certificate check');
    assert.doesNotMatch(check.stdout, /EXPIRED/);
  });

  test('a second one without a snapshot wants the flag removed first', async t => {
    const practice = await installed(t);
    await practice.run(reset);
    const again = await practice.run(reset);
    assert.equal(again.status, 1);
    assert.match(again.stderr, /was previously reset.*delete the file at \S+\/db\/reset-flag/);
    assert.equal((await practice.run(`rm ${server}/db/reset-flag; ${reset}`)).status, 0);
  });

  test('says in K3s’ words what is wrong with a snapshot or a token', async t => {
    const practice = await installed(t);
    await practice.run(`head -c 70000 ${newest} >/root/short; cp ${newest} /root/changed
printf x | dd of=/root/changed bs=1 seek=9000 conv=notrunc 2>/dev/null
printf 'server: https://10.0.0.1:6443\\n' >/root/server.yaml`);
    const said = async (command: string): Promise<string> => {
      const ran = await practice.run(command);
      assert.equal(ran.status, 1, command);
      return ran.stderr;
    };
    assert.match(await said(from('/root/none')), /etcd: snapshot path does not exist: \/root\/none/);
    assert.match(await said(from('/root')), /etcd: snapshot path must be a file, not a directory/);
    assert.match(await said(from('/root/short')), /snapshot missing hash but --skip-hash-check=false/);
    assert.match(await said(from('/root/changed')), /expected sha256 \[\d+ .*\], got \[\d+ /);
    const token = `${from(newest)} --token=`;
    assert.match(await said(`${token}K10ab`), /failed to normalize server token/);
    assert.match(await said(`${token}another`), /encrypted with different token/);
    assert.match(
      await said(`k3s server --cluster-reset-restore-path=${newest}`),
      /--cluster-reset required with/,
    );
    await practice.run('cat /root/server.yaml >>/etc/rancher/k3s/config.yaml');
    assert.match(await said(from(newest)), /while server URL is set - remove server from configuration/);
  });

  test('on a machine that was in no cluster the saved token brings CA, token and Secrets’ key out of the snapshot', async t => {
    const practice = await installed(t);
    const uid = practice.clusterUid;
    const kept = await practice.run(
      `cp ${newest} /root/snapshot; cat ${server}/token ${server}/tls/server-ca.crt ${server}/cred/encryption-config.json`,
    );
    const token = practice.node.tree.read(`${server}/token`).trim();
    await practice.run(`rm -rf ${server}`);
    assert.match(
      (await practice.run(from('/root/snapshot'))).stderr,
      /token does not exist, please pass --token to complete the restoration/,
    );
    assert.equal((await practice.run(`${from('/root/snapshot')} --token=${token}`)).status, 0);
    await practice.run('systemctl start k3s');
    await ready(practice);
    const now = await practice.run(
      `cat ${server}/token ${server}/tls/server-ca.crt ${server}/cred/encryption-config.json`,
    );
    assert.equal(now.stdout, kept.stdout);
    assert.equal(practice.clusterUid, uid);
  });
});

describe('exercises of a restore', { concurrency: 4 }, () => {
  test('what was deleted comes back with the snapshot of before, and not with one taken after', async t => {
    const [practice, book] = await begun(t, 'restore-deleted');
    assert.deepEqual((await lacking(book)).length, 2);
    const back = (file: string): string => `systemctl stop k3s; ${from(file)} && systemctl start k3s`;
    await practice.run(`cp ${newest} /root/before; k3s etcd-snapshot save; ${back(newest)}`);
    await ready(practice);
    assert.deepEqual(await lacking(book), ['All four services of kube-system are there again.']);
    await practice.run(back('/root/before'));
    await ready(practice);
    assert.deepEqual(await lacking(book), []);
  });

  test('a snapshot is restored only with the token it was made with', async t => {
    const [practice, book] = await begun(t, 'restore-wrong-token');
    await practice.run('systemctl stop k3s');
    const refused = await practice.run(from(newest));
    assert.match(refused.stderr, /bootstrap data already found and encrypted with different token/);
    await practice.run('systemctl start k3s');
    assert.notEqual((await lacking(book)).length, 0);
    const ran = await practice.run(
      `systemctl stop k3s; ${from(newest)} --token="$(cat /root/token-of-this-site.txt)" && systemctl start k3s`,
    );
    assert.equal(ran.status, 0, ran.stderr);
    await ready(practice);
    assert.deepEqual(await lacking(book), []);
  });

  test('a snapshot that is cut short is refused, and the one before it is restored', async t => {
    const [practice, book] = await begun(t, 'restore-truncated');
    const refused = await practice.run(`systemctl stop k3s; ${from(newest)}`);
    assert.match(refused.stderr, /Pre-restore etcd database moved to [^]*snapshot missing hash/);
    assert.notEqual((await lacking(book)).length, 0);
    const ran = await practice.run(`${from(beforeIt)} && systemctl start k3s`);
    assert.equal(ran.status, 0, ran.stderr);
    await ready(practice);
    assert.deepEqual(await lacking(book), []);
    await practice.run(`rm ${newest}`);
    assert.deepEqual(await lacking(book), ['No snapshot was deleted.']);
  });

  test('the last of three servers goes on alone with its own data', async t => {
    const [practice, book] = await begun(t, 'lost-quorum');
    assert.notEqual((await lacking(book)).length, 0);
    const ran = await practice.run(`systemctl stop k3s; ${reset} && systemctl start k3s`);
    assert.equal(ran.status, 0, ran.stderr);
    await ready(practice);
    assert.deepEqual(await lacking(book), []);
  });
});
