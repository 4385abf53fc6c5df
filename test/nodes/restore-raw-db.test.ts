import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Plan, Run } from '../../preload/contract/domain.ts';
import { folder } from '../support/folder.ts';
import { needs, needsNspawn } from '../support/needs.ts';
import { nspawnNode } from '../support/nodes/nspawn.ts';
import { runningK3s, untilUp } from '../support/nodes/running-k3s.ts';
import { clusterCa, content, put } from '../support/nodes/several.ts';
import { realSite } from '../support/nodes/site.ts';

const needed = { ...needsNspawn(), ...needs('gcc') };
const server = '/var/lib/rancher/k3s/server';
const config = '/etc/rancher/k3s/config.yaml';
const one = '/registry/configmaps/shop/one';
const object = JSON.stringify({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'one', namespace: 'shop' },
});
const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

test(
  'a machine set up anew gets its cluster back from the bare database and the token of its dead disk',
  needed,
  async t => {
    const node = await nspawnNode(t, { name: 'cp1', diskMiB: 3000 });
    const [{ cli }] = await Promise.all([realSite(t, node), runningK3s(node)]);
    await put(node, one, object);
    await put(node, '/registry/configmaps/shop/two', 'nobody can read this');
    const [before, ca] = [await content(node), await clusterCa(node)];
    const token = await node.done(`cat ${server}/token`);

    // K3s is killed, as by a power cut; what is left of the disk is its database and its token
    await node.done('systemctl kill -s KILL k3s; systemctl stop k3s');
    const disk = folder(t);
    const [db, beside] = [join(disk, 'db'), join(disk, 'token')];
    const bare = await node.done(`base64 -w0 ${server}/db/etcd/member/snap/db`);
    writeFileSync(db, Buffer.from(bare, 'base64'));
    mkdirSync(join(disk, 'torn'));
    const torn = join(disk, 'torn', 'db');
    writeFileSync(torn, readFileSync(db));
    truncateSync(torn, 20_000);
    const given = sha256(db);
    await node.done(
      `rm -rf /var/lib/rancher/k3s && install -d /var/lib/rancher/k3s && chmod 755 /var/lib/rancher && sed -i 's/^token:.*/token: "of-the-machine-set-up-anew"/' ${config} && systemctl start k3s && { ${untilUp}; }`,
    );
    assert.notEqual(await clusterCa(node), ca);

    const ask = ['restore', 'cp1', db, '--kind', 'raw-db', '--typed-name', 'cp1', '--yes'];
    assert.match((await cli.run(...ask)).json.failure.next, /under the name token/);
    writeFileSync(beside, `${token}\n`, { mode: 0o600 });
    const cut = await cli.run(...ask.map(word => (word === db ? torn : word)));
    assert.equal(cut.json.failure.code, 'check-failed');
    const { plan } = (await cli.done(...ask.slice(0, -1), '--dry-run')) as { plan: Plan };
    assert.ok(plan.warnings.some(says => /cannot be read.*configmaps\/shop\/two/.test(says)));
    const run = (await cli.done(...ask)) as Run;
    assert.equal(run.state, 'passed');

    assert.equal(await clusterCa(node), ca);
    const now = await content(node);
    // the server writes its own Node anew when it starts
    for (const [key, value] of before)
      if (!key.startsWith('/registry/minions/')) assert.equal(now.get(key), value, key);
    assert.deepEqual([...now.keys()], [...before.keys()]);
    assert.equal(await node.done('systemctl is-enabled k3s; systemctl is-active k3s'), 'enabled\nactive');
    assert.equal(await node.done(`cat ${server}/token`), token);
    assert.match(await node.done(`ls -d ${server}/db/etcd-aside-*`), /etcd-aside-[0-9a-f]{8}$/);
    const left = `ls -d /run/coldstart /var/lib/rancher/k3s/.coldstart ${server}/db/coldstart-* 2>/dev/null || true`;
    assert.equal(await node.done(left), '');
    assert.equal(sha256(db), given);
    // it comes up by itself after the next power cut as well
    await node.reboot();
    await node.done(untilUp);
    assert.equal((await content(node)).get(one), object);
  },
);
