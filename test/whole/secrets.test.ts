import assert from 'node:assert/strict';
import { lstatSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { ageKey } from '../support/age-key.ts';
import { openApp } from '../support/app.ts';
import { fieldSite, k3sVersion, withBundle } from '../support/field-site.ts';
import type { FieldSite } from '../support/field-site.ts';
import { folder } from '../support/folder.ts';
import { letIn } from '../support/loopback.ts';
import { client } from '../../preload/contract/client.ts';

/** Every path below a folder. */
const everything = (path: string): string[] =>
  readdirSync(path, { recursive: true }).map(name => join(path, String(name)));
const files = (path: string): string[] => everything(path).filter(one => lstatSync(one).isFile());

/** The forms a secret could lie around in. */
function forms(secret: string): readonly Buffer[] {
  const plain = Buffer.from(secret);
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    plain.toString('base64').slice(0, -4),
    plain.toString('hex'),
  ].map(text => Buffer.from(text));
}
const isIn = (bytes: Buffer, secret: string): boolean => forms(secret).some(form => bytes.includes(form));

/** Command lines of all processes of this laptop, read again and again until stopped. */
function watchProcesses(): { stop(): string } {
  const seen = new Set<string>();
  const look = (): void => {
    for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
      try {
        seen.add(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
      } catch {
        // It ended while we looked.
      }
    }
  };
  const timer = setInterval(look, 25);
  return {
    stop: () => {
      clearInterval(timer);
      return [...seen].join('\n');
    },
  };
}

describe('after a whole job in a real home', () => {
  // One job is looked at from many sides; its parts are closed when all are done.
  const closing: (() => unknown)[] = [];
  const t = { after: (work: () => unknown) => closing.push(work) } as unknown as TestContext;
  let site: FieldSite;
  let token = '';
  let said = '';
  let processes = '';
  let bag = '';
  const commands: string[] = [];
  const secrets = (): readonly (readonly [string, string])[] => [
    ['the passphrase of the vault', site.passphrase],
    ['the password of the node', site.node.password.reveal()],
    ['the token of the cluster', token],
  ];

  before(async () => {
    site = await fieldSite(t);
    const { cli, node } = site;
    node.faults.atExec = command => {
      commands.push(command);
      return 'go';
    };
    const watching = process.platform === 'linux' ? watchProcesses() : { stop: () => '' };
    await withBundle(site);
    await cli.done('site', 'recipients', 'Dome C', (await ageKey()).recipient);
    await cli.done('keys', 'break-glass');
    const stick = join(site.folder, 'stick');
    mkdirSync(stick);
    for (const words of [
      ['node', 'preflight', 'cp1'],
      ['install', 'cp1', '--yes'],
      ['snapshot', 'take', 'cp1', '--pull'],
      ['export', '--to', stick],
      ['run', 'list'],
      ['node', 'show', 'cp1'],
    ]) {
      const { status, stdout, stderr } = await cli.run(...words);
      said += stdout + stderr;
      assert.equal(status, 0, `${words.join(' ')}\n${stdout}${stderr}`);
    }
    processes = watching.stop();
    node.faults.atExec = () => 'go';
    token = (await node.run('cat /var/lib/rancher/k3s/server/token', 'root')).stdout.trim();
    assert.match(token, /^K10[0-9a-f]{64}::server:.+/);
    // The short form is what config.yaml holds, and enough to join.
    token = token.split('::server:')[1] ?? '';
    bag = join(stick, readdirSync(stick)[0] ?? '');
  });
  after(async () => {
    for (const work of closing.toReversed()) await work();
  });

  test('no secret lies readable in any file of the home', () => {
    const home = files(site.cli.home);
    assert.ok(home.length > 10);
    // What is looked for would be found: the node's own name stands readable in the journal.
    assert.ok(home.some(path => isIn(readFileSync(path), 'cp1')));
    assert.ok(site.node.node.tree.peek('/etc/rancher/k3s/config.yaml'));
    for (const path of home)
      for (const [what, secret] of secrets())
        assert.equal(isIn(readFileSync(path), secret), false, `${what}: ${path}`);
  });

  test('every file and folder of the home is closed to others', () => {
    for (const path of [site.cli.home, ...everything(site.cli.home)]) {
      const stat = lstatSync(path);
      assert.equal(stat.mode & 0o777, stat.isDirectory() ? 0o700 : 0o600, path);
    }
  });

  test('no secret was on the command line of any process, here or on the node', () => {
    assert.ok(commands.length > 50);
    if (process.platform === 'linux') assert.match(processes, /snapshot\0take/);
    for (const [what, secret] of secrets()) {
      assert.equal(isIn(Buffer.from(commands.join('\n')), secret), false, `${what}: a command on the node`);
      assert.equal(isIn(Buffer.from(processes), secret), false, `${what}: a process of the laptop`);
    }
  });

  test('no secret was printed, neither as an answer nor as progress', () => {
    for (const [what, secret] of secrets()) assert.equal(isIn(Buffer.from(said), secret), false, what);
  });

  test('no secret stands in the journal of the node', async () => {
    const { stdout } = await site.node.run(
      'journalctl --no-pager; cat /var/log/* 2>/dev/null; cat /root/.*history',
      'root',
    );
    for (const [what, secret] of secrets()) assert.equal(isIn(Buffer.from(stdout), secret), false, what);
  });

  test('on the stick everything is sealed but the tags of the bag, and those name neither site, node nor version', () => {
    const all = files(bag);
    const sealed = all.filter(path => path.startsWith(join(bag, 'data')));
    assert.ok(sealed.length >= 4);
    for (const path of sealed)
      assert.equal(readFileSync(path).toString('latin1', 0, 21), 'age-encryption.org/v1', path);
    for (const path of all.filter(one => !sealed.includes(one)))
      assert.doesNotMatch(readFileSync(path, 'utf8'), /Dome|cp1|127\.0\.0\.1/, path);
    for (const path of all) {
      assert.doesNotMatch(path.slice(bag.length), /Dome|cp1|127\.0\.0\.1/);
      assert.equal(path.slice(bag.length).includes(k3sVersion), false, path);
    }
    for (const path of all)
      for (const [what, secret] of secrets())
        assert.equal(isIn(readFileSync(path), secret), false, `${what}: ${path}`);
  });
});

test('what was typed on the page is neither printed, nor kept readable, nor in the process list', async t => {
  const home = folder(t);
  const app = await openApp(home);
  const passphrase = 'a lantern in the generator hut';
  const password = 'Tr0ub4dor&3 "quoted"';
  const link = new URL(app.link);
  const guest = await letIn({ port: Number(link.port), link: () => app.link });
  const page = client(await guest.carrier());
  const watching = process.platform === 'linux' ? watchProcesses() : { stop: () => '' };
  await page.call('vault.create', { passphrase });
  const site = await page.call('site.create', { name: 'Dome C' });
  const node = await page.call('node.add', {
    site: site.id,
    name: 'cp1',
    address: '127.0.0.1',
    port: 1,
    user: 'tech',
    login: { is: 'password' },
  });
  await page.call('node.secret', { node: node.id, kind: 'password', secret: password, keep: true });
  await assert.rejects(page.call('node.look', { node: node.id }));
  const told = JSON.stringify([
    await page.call('app.about', {}),
    await page.call('node.list', {}),
    await page.call('settings.get', {}),
  ]);
  page.close();
  const processes = watching.stop();
  await app.close();
  for (const secret of [
    passphrase,
    password,
    guest.key,
    guest.cookie.split('=')[1] ?? '',
    link.pathname.slice(6),
  ]) {
    for (const path of files(home)) assert.equal(isIn(readFileSync(path), secret), false, path);
    assert.equal(isIn(Buffer.from(processes), secret), false, 'a process');
    assert.equal(isIn(Buffer.from(told), secret), false, 'an answer');
    if (!app.link.includes(secret))
      assert.equal(isIn(Buffer.from(app.said()), secret), false, 'the terminal');
  }
  for (const path of [home, ...everything(home)]) {
    const stat = lstatSync(path);
    assert.equal(stat.mode & 0o777, stat.isDirectory() ? 0o700 : 0o600, path);
  }
});
