import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { Run } from '../../preload/contract/domain.ts';
import type { Examination } from '../../preload/contract/doctor.ts';
import { assets, k3sVersion } from '../support/field-site.ts';
import { folder } from '../support/folder.ts';
import { needs, needsNspawn } from '../support/needs.ts';
import { standInK3s } from '../support/nodes/k3s.ts';
import { laptopAtTheConsole } from '../support/nodes/laptop.ts';
import { nspawnNode } from '../support/nodes/nspawn.ts';
import { wholeInstall } from '../support/nodes/site.ts';
import { standInK3s as smallK3s, untilServing } from '../support/real-site.ts';

/** A real machine behind its console alone: the laptop knows no address that answers. `npm run torture` does more of it. */
suite('over its console alone', { concurrency: 3 }, () => {
  test(
    'a real machine is installed, and its snapshot taken, pulled and checked',
    { ...needsNspawn(), ...needs('gcc') },
    async t => {
      const node = await nspawnNode(t, { name: 'cp1', diskMiB: 12_000 });
      const cli = await laptopAtTheConsole(t, node);
      const bundle = assets(join(folder(t), 'bundle'), { k3s: readFileSync(standInK3s(k3sVersion)) });
      await cli.done('bundle', 'import', bundle, '--consent', k3sVersion);
      const run = (await cli.done('install', 'cp1', '--yes')) as Run;
      assert.equal(run.state, 'passed');
      await wholeInstall(node);
      assert.equal((await cli.done('install', 'cp1', '--yes')).unchanged, true);
      const taken = await cli.done('snapshot', 'take', 'cp1', '--pull');
      assert.equal(taken.check.intact, true, JSON.stringify(taken));
      assert.equal((await cli.done('snapshot', 'verify', taken.name)).check.intact, true);
    },
  );

  test('a full disk is found, gets room, and K3s starts again', needsNspawn(), async t => {
    const node = await nspawnNode(t, { name: 'cp1', diskMiB: 200 });
    await smallK3s(node);
    await untilServing(node);
    await node.done(
      `mkdir -p /var/cache/apt/archives; head -c 60000000 /dev/zero >/var/cache/apt/archives/old.deb
systemctl stop k3s; head -c 300000000 /dev/zero >/var/fill 2>/dev/null; systemctl start k3s; sleep 1.5; ! [ -e /run/k3s-ready ]`,
    );
    const cli = await laptopAtTheConsole(t, node);
    const found = (await cli.run('doctor', 'cp1')).json as Examination;
    const [first] = found.findings;
    assert.deepEqual([first?.cause, first?.sure], ['disk-full', 'certain'], found.says);
    assert.deepEqual(
      first?.remedies.map(({ remedy }) => remedy),
      ['free-disk'],
    );
    const run = (await cli.done('remedy', 'cp1', 'free-disk', '--typed-name', 'cp1', '--yes')) as Run;
    assert.equal(run.state, 'passed');
    await untilServing(node);
    assert.equal((await node.run('ls /var/cache/apt/archives/old.deb')).code, 2);
    assert.equal(await node.done('ls -d /run/coldstart 2>/dev/null || true'), '');
    // This K3s never logs that it is up, so its last failure stays the last word, with what is true of it now.
    const after = (await cli.run('doctor', 'cp1')).json as Examination;
    assert.ok(
      after.findings.every(({ sure, says }) => sure === 'possible' && says.endsWith('there is room now.')),
      after.says,
    );
  });

  test('a boot that a line of fstab stopped is found, and goes on to its login', needsNspawn(), async t => {
    const node = await nspawnNode(t, { name: 'cp1' });
    await node.done(
      "printf '# disks\\ntmpfs /data tmpfs wrong=1 0 2\\n' >/etc/fstab; systemctl reboot --no-block",
    );
    for (const end = Date.now() + 30_000; !/Give root password for maintenance[^]*$/.test(node.said());) {
      assert.ok(Date.now() < end, node.said().slice(-800));
      await new Promise(done => setTimeout(done, 100));
    }
    const cli = await laptopAtTheConsole(t, node, 'tech');
    // Leaving emergency mode ends at the login, where another account's password is wanted in the middle of the run.
    const found = (await cli.run('doctor', 'cp1')).json as Examination;
    const [first] = found.findings;
    assert.deepEqual([first?.cause, first?.sure], ['emergency-fstab', 'certain'], found.says);
    const run = (await cli.done('remedy', 'cp1', 'fix-fstab', '--yes')) as Run;
    assert.equal(run.state, 'passed');
    assert.equal(await node.done('systemctl is-active default.target'), 'active');
    assert.match(await node.done('cat /etc/fstab'), /wrong=1,nofail/);
    assert.doesNotMatch(await node.done('cat /etc/fstab.before-*'), /nofail/);
    const after = (await cli.run('doctor', 'cp1')).json as Examination;
    assert.deepEqual(
      after.findings.filter(({ cause }) => cause === 'emergency-fstab'),
      [],
    );
  });
});
