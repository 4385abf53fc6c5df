import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isSealedAtHome, localName, onTheDisk } from '../../../../main/core/runbook/remedies/saved.ts';
import { needsNspawn } from '../../../support/needs.ts';
import { nspawnNode } from '../../../support/nodes/nspawn.ts';
import { begin, ended, standings } from '../../../support/practice-site.ts';
import { realSite, standInK3s, untilServing } from '../../../support/real-site.ts';
import { remedyAsk } from '../../../support/remedies.ts';
import { context } from '../../../support/sites.ts';

const server = '/var/lib/rancher/k3s/server';

test(
  'a dying disk is read off in order and written to nowhere; what it does not give is told, and a cut goes on',
  needsNspawn(),
  async t => {
    const node = await nspawnNode(t, { name: 'card1' });
    await standInK3s(node);
    await untilServing(node);
    await node.done(`mkdir -p ${server}/db/snapshots ${server}/db/etcd/member/snap ${server}/cred; cd ${server}
head -c 5000 /dev/urandom >db/snapshots/new-2; head -c 4000 /dev/urandom >db/snapshots/old-1; touch -d '3 days ago' db/snapshots/old-1
head -c 300000 /dev/urandom >db/etcd/member/snap/db; echo 'word,node' >cred/passwd; : >db/etcd/member/bad; mount --bind /proc/1/mem db/etcd/member/bad; touch /run/before; sleep 1.1`);
    const fetched: string[] = [];
    let cut = false;
    const app = await realSite(t, node, {
      at: command => {
        const path = /^base64 -w 0 (\S+)/.exec(command)?.[1];
        if (path !== undefined) fetched.push(path);
        if (path?.endsWith('/snap/db') !== true || cut) return 'go';
        cut = true;
        return 'cut';
      },
    });
    const { run } = await begin(app, remedyAsk(app, 'read-off-card'));
    assert.equal((await ended(app, run.id)).state, 'interrupted');
    await app.calls['run.continue']({ run: run.id }, context());
    const done = await ended(app, run.id);
    assert.equal(done.state, 'passed', standings(done));
    const saw = (id: string): string => done.steps.find(one => one.id === id)?.saw ?? '';
    assert.match(saw('data'), /missing: .*etcd\/member\/bad/);
    assert.match(saw('newest'), /all 1 files|saved before/);

    const order = ['/etc/rancher', '/token', '/cred/', '/new-2', '/snap/db', '/old-1'];
    const first = order.map(part => fetched.findIndex(path => path.includes(part)));
    assert.deepEqual(
      first.toSorted((a, b) => a - b),
      first,
      fetched.join('\n'),
    );

    const folder = join((await app.calls['app.about']({}, context())).home, 'runs', run.id, 'saved');
    const mine = (path: string): string => join(folder, localName(path));
    const sum = await node.done(`sha256sum <${server}/db/etcd/member/snap/db | cut -c 1-64`);
    const { createHash } = await import('node:crypto');
    assert.equal(
      createHash('sha256')
        .update(readFileSync(mine(`${server}/db/etcd/member/snap/db`)))
        .digest('hex'),
      sum,
    );
    assert.ok(!existsSync(mine(`${server}/db/etcd/member/bad`)));
    assert.ok(
      !readdirSync(folder).some(name => readFileSync(join(folder, name)).includes('word,node')),
      'keys are sealed',
    );
    // nothing on the disk is newer than the beginning, besides what the machine writes by itself
    const written = await node.done(
      'find / -xdev -newer /run/before -type f ! -path "/var/log/*" ! -path "/var/lib/systemd/*" ! -path "*/etcd/member/bad" | head',
    );
    assert.equal(written, '');
  },
);

test('names on the laptop tell the path and lead out of no folder', () => {
  assert.equal(localName('/var/lib/a_b/../c d'), 'var_lib_a__b_.._c+d');
  assert.notEqual(localName('/a/b'), localName('/a_b'));
  assert.ok(!localName('/../../etc/x').includes('/'));
  assert.deepEqual(onTheDisk('5 /a\nx\n6 /a b\n5 /a\n'), [
    { path: '/a', bytes: 5 },
    { path: '/a b', bytes: 6 },
  ]);
  assert.equal(isSealedAtHome({ path: `${server}/tls/server-ca.key`, bytes: 10 }), true);
  assert.equal(isSealedAtHome({ path: `${server}/db/etcd/member/snap/db`, bytes: 10 }), false);
});
