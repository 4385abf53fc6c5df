import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { ageKey } from '../support/age-key.ts';
import { failureIn, harmless } from '../support/coldstart.ts';
import { fieldSite } from '../support/field-site.ts';
import type { FieldSite } from '../support/field-site.ts';
import { folder } from '../support/folder.ts';
import { needsRoot } from '../support/needs.ts';
import { noise } from '../support/ssh.ts';
import { testDisk } from '../support/stick.ts';

const snapshotsFolder = '/var/lib/rancher/k3s/server/db/snapshots';

/** Bytes that end like a snapshot: in the SHA-256 of what stands before. */
function likeSnapshot(bytes: number): Buffer {
  const body = noise(bytes);
  return Buffer.concat([body, createHash('sha256').update(body).digest()]);
}

/** A site whose node runs K3s on etcd; its exports are sealed for somebody. */
async function running(t: TestContext): Promise<FieldSite> {
  const site = await fieldSite(t, {}, node => node.installK3s('etcd'));
  await site.cli.done('site', 'recipients', 'Dome C', (await ageKey()).recipient);
  await site.cli.done('keys', 'break-glass');
  return site;
}

const plant = (site: FieldSite, name: string, bytes: Buffer): void => {
  site.node.node.tree.write(`${snapshotsFolder}/${name}`, bytes, 0o600);
};

const everyPath = (path: string): string[] =>
  existsSync(path)
    ? readdirSync(path, { recursive: true, withFileTypes: true })
        .filter(entry => entry.isFile())
        .map(entry => join(entry.parentPath, entry.name))
    : [];
const everyFile = (path: string): string[] => everyPath(path).map(one => basename(one));

// ── snapshots ──

test('a snapshot that is spoiled on the node is pulled, called what it is, and never called intact', async t => {
  const site = await running(t);
  const bytes = likeSnapshot(64 * 512);
  bytes[500] = (bytes[500] ?? 0) ^ 1;
  plant(site, 'etcd-snapshot-cp1-1795000000', bytes);
  const said = await site.cli.run('snapshot', 'pull', 'cp1', 'etcd-snapshot-cp1-1795000000');
  assert.equal(said.status, 1, said.stdout);
  assert.equal(said.json.check.intact, false);
  assert.match(said.json.check.says, /trailer/);
  const again = await site.cli.run('snapshot', 'verify', said.json.name);
  assert.equal(again.status, 1);
});

test('a snapshot whose name is full of quotes, spaces, commands and line ends is a name', async t => {
  const site = await running(t);
  const name = `x $(touch owned) 'a' "b" \`id\` ;|& *\n\u001b[2J-1795000001`;
  plant(site, name, likeSnapshot(64 * 512));
  const list = await site.cli.run('snapshot', 'list', 'cp1');
  harmless(list);
  assert.equal(list.status, 0, list.stdout);
  const pulled = await site.cli.run('snapshot', 'pull', 'cp1', name);
  harmless(pulled);
  if (pulled.status === 0) assert.equal(pulled.json.check.intact, true);
  else failureIn(pulled, pulled.json.failure.code);
  assert.equal(site.node.node.tree.peek('/home/technician/owned'), undefined);
  assert.deepEqual(readdirSync(join(site.cli.home, '..')).sort(), ['home', 'passphrase', 'password']);
});

test('a node without K3s has no snapshots to take, list or pull, and says so', async t => {
  const site = await fieldSite(t);
  for (const args of [
    ['snapshot', 'take', 'cp1'],
    ['snapshot', 'list', 'cp1'],
    ['snapshot', 'pull', 'cp1'],
  ]) {
    const said = await site.cli.run(...args);
    const failure = failureIn(said, said.json.failure?.code);
    assert.match(failure.says, /K3s/, args.join(' '));
    assert.equal(failure.about, 'cp1');
  }
  failureIn(await site.cli.run('snapshot', 'verify', 'nothing'), 'no-such-thing');
});

test('a pull ended by Ctrl-C, by a kill and by a cut connection goes on at its byte', async t => {
  const site = await running(t);
  const name = 'on-demand-cp1-1795000002';
  const bytes = 24 * 1024 * 1024;
  plant(site, name, likeSnapshot(bytes));
  const kept = join(site.cli.home, 'snapshots');
  const held = (): number => {
    const partial = everyPath(kept).find(path => path.endsWith('.partial'));
    return partial === undefined ? 0 : statSync(partial).size;
  };
  for (const how of ['SIGINT', 'SIGKILL', 'cut'] as const) {
    const pull = site.cli.start('snapshot', 'pull', 'cp1', name);
    const before = held();
    await pull.heldWhen(() => held() > before && held() < bytes);
    if (how === 'cut') site.node.cutConnections();
    else pull.child.kill(how);
    pull.goOn();
    const said = await pull.ended;
    if (how === 'SIGKILL') assert.equal(said.signal, 'SIGKILL');
    else failureIn(said, how === 'SIGINT' ? 'cancelled' : 'link-lost');
    assert.ok(!everyFile(kept).includes(name), 'half a copy has not the name of a whole one');
    assert.deepEqual((await site.cli.done('snapshot', 'list')).snapshots, []);
  }
  const last = site.cli.start('snapshot', 'pull', 'cp1', name);
  const said = await last.ended;
  assert.equal(said.status, 0, said.stdout);
  assert.equal(said.json.check.intact, true);
  assert.deepEqual(everyFile(kept), [name]);
});

// ── exports ──

/** A running site with one snapshot on the laptop. */
async function withSnapshot(t: TestContext, bytes = 64 * 512): Promise<FieldSite> {
  const site = await running(t);
  plant(site, 'on-demand-cp1-1795000003', likeSnapshot(bytes));
  await site.cli.done('snapshot', 'pull', 'cp1');
  return site;
}

/** What looks like a finished bag on a stick. */
const bags = (path: string): string[] =>
  readdirSync(path).filter(name => /^coldstart-[0-9a-f]{8}-\d{8}T\d{6}Z$/.test(name));

test('nobody to seal for, or a recipient that is none, is refused and nothing is written', async t => {
  const site = await fieldSite(t, {}, node => node.installK3s('etcd'));
  plant(site, 'on-demand-cp1-1795000003', likeSnapshot(64 * 512));
  await site.cli.done('snapshot', 'pull', 'cp1');
  const to = folder(t);
  failureIn(await site.cli.run('export', '--to', to), 'no-recipient');
  for (const wrong of ['', 'age1', 'AGE-SECRET-KEY-1QQPQQQQ', 'age1$(id)', `age1${'q'.repeat(58)}`]) {
    const failure = failureIn(await site.cli.run('site', 'recipients', 'Dome C', '--', wrong), 'bad-ask');
    assert.doesNotMatch(
      JSON.stringify(failure),
      /SECRET-KEY-1QQ/,
      'a private key given by mistake is not said again',
    );
  }
  assert.deepEqual(readdirSync(to), []);
  await site.cli.done('site', 'recipients', 'Dome C', (await ageKey()).recipient);
  failureIn(await site.cli.run('export', '--to', to), 'no-break-glass');
  assert.deepEqual(readdirSync(to), []);
  await site.cli.done('keys', 'break-glass');
  await site.cli.done('export', '--to', to);
  assert.equal(bags(to).length, 1);
});

test(
  'a stick that is too small, full of files, read-only or gone is named; with room the same command writes the bag',
  needsRoot(),
  async t => {
    const site = await withSnapshot(t, 4 * 1024 * 1024);
    const stick = testDisk(t, 'size=2m');
    const exported = (): ReturnType<typeof site.cli.run> => site.cli.run('export', '--to', stick.path);

    const short = failureIn(await exported(), 'space-short');
    assert.equal(short.about, stick.path);
    assert.deepEqual(readdirSync(stick.path), [], 'refused before anything was written');

    stick.remount('size=32m,nr_inodes=6');
    const full = failureIn(await exported(), 'disk-full');
    assert.match(full.about ?? '', new RegExp(`^${stick.path}`));
    assert.deepEqual(bags(stick.path), [], 'nothing looks like a finished bag');

    stick.remount('nr_inodes=1000,ro');
    failureIn(await exported(), 'not-writable');

    failureIn(await site.cli.run('export', '--to', join(stick.path, 'not here')), 'no-such-thing');
    stick.remount('rw');
    const done = await exported();
    assert.equal(done.status, 0, done.stdout);
    assert.equal(bags(stick.path).length, 1);
    assert.deepEqual(readdirSync(stick.path), bags(stick.path), 'nothing half is left beside it');
    await site.cli.done('bag', 'verify', done.json.path);
  },
);

for (const how of ['SIGINT', 'SIGKILL'] as const)
  test(`an export ended by ${how} leaves nothing that looks like a bag, and the next one finishes it`, async t => {
    const site = await withSnapshot(t, 32 * 1024 * 1024);
    const to = folder(t);
    for (const stage of [/"done":[1-9]/, /"what":"(?!Seal)[^"]*","done":[1-9]/]) {
      const exporting = site.cli.start('export', '--to', to);
      await exporting.until(stage);
      exporting.child.kill(how);
      const said = await exporting.ended;
      if (how === 'SIGINT') failureIn(said, 'cancelled');
      else assert.equal(said.signal, 'SIGKILL', said.stdout);
      assert.deepEqual(bags(to), []);
    }
    const done = await site.cli.done('export', '--to', to);
    assert.equal(done.check.complete, true);
    assert.deepEqual(readdirSync(to), bags(to));
    assert.equal(bags(to).length, 1);
    await site.cli.done('bag', 'verify', done.path);
  });

test('a folder with spaces, quotes, a newline and a command in its name takes a bag', async t => {
  const site = await withSnapshot(t);
  const to = join(folder(t), `my "stick" 'of' $(touch owned)\n\`id\` ${'ü'.repeat(20)}`);
  mkdirSync(to);
  const done = await site.cli.done('export', '--to', to);
  await site.cli.done('bag', 'verify', done.path);
  const manifest = join(done.path, 'manifest-sha256.txt');
  writeFileSync(
    manifest,
    readFileSync(manifest, 'utf8').replace(/^./, x => (x === '0' ? '1' : '0')),
  );
  const spoiled = await site.cli.run('bag', 'verify', done.path);
  assert.equal(spoiled.status, 1);
  assert.ok(spoiled.json.problems.length > 0);
  const none = await site.cli.run('verify', to);
  assert.equal(none.status, 1, none.stdout);
  harmless(none);
});
