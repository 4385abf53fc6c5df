import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Check } from '../../preload/contract/domain.ts';
import type { PracticeStation, Scenario } from '../../main/practice/station.ts';
import { commandLine, failureIn, harmless } from '../support/coldstart.ts';
import type { CommandLine } from '../support/coldstart.ts';
import { fieldSite, k3sVersion, whatIsOn, withBundle } from '../support/field-site.ts';
import { folder } from '../support/folder.ts';
import { needs, needsRoot } from '../support/needs.ts';
import { freePort, keygen, startSshd } from '../support/sshd.ts';
import type { Sshd } from '../support/sshd.ts';
import { temporaryUser } from '../support/users.ts';

// ── the way to the node ──

/** A new laptop with one site, and how to add a node there. */
async function laptop(
  t: TestContext,
): Promise<{ cli: CommandLine; add: (port: number, ...more: string[]) => Promise<unknown> }> {
  const home = join(folder(t), 'home');
  mkdirSync(home);
  const cli = commandLine(home);
  await cli.done('site', 'create', 'Dome C');
  return {
    cli,
    add: (port, ...more) =>
      cli.done('node', 'add', 'cp1', '--address', '127.0.0.1', '--port', String(port), ...more),
  };
}

const reach = (sshd: Sshd): string[] => ['--user', sshd.user, '--key', sshd.key];

async function fingerprintOf(sshd: Sshd): Promise<string> {
  const { createHash } = await import('node:crypto');
  const blob = Buffer.from((await sshd.hostKey('ed25519')).split(' ')[1] ?? '', 'base64');
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

test(
  'an unknown host key is shown and never taken without being named; the right name opens the way',
  needs('sshd'),
  async t => {
    const sshd = await startSshd(t);
    const { cli, add } = await laptop(t);
    await add(sshd.port, ...reach(sshd));
    const right = await fingerprintOf(sshd);
    const pinned = join(cli.home, 'known_hosts');

    const unknown = failureIn(await cli.run('node', 'show', 'cp1'), 'host-key-unknown');
    assert.equal(unknown.facts?.['fingerprint'], right);
    assert.match(unknown.next ?? '', /--host-key/, 'the command line says which option accepts it');
    assert.equal(existsSync(pinned) && readFileSync(pinned, 'utf8') !== '', false, 'nothing was pinned');

    failureIn(await cli.run('node', 'show', 'cp1', '--yes'), 'host-key-unknown');
    const wrong = `SHA256:${'A'.repeat(43)}`;
    const other = failureIn(await cli.run('node', 'show', 'cp1', '--host-key', wrong), 'host-key-unknown');
    assert.match(`${other.says} ${other.next}`, /--host-key/);
    assert.doesNotMatch(await sshd.log(), /Accepted publickey/, 'nobody logged in');

    const seen = await cli.done('node', 'show', 'cp1', '--host-key', right);
    assert.equal(seen.look.hostKey, right);
    await cli.done('node', 'show', 'cp1');
  },
);

test('a changed host key stops everything, even when it is named', needs('sshd'), async t => {
  const sshd = await startSshd(t);
  const { cli, add } = await laptop(t);
  await add(sshd.port, ...reach(sshd));
  await cli.done('node', 'show', 'cp1', '--host-key', await fingerprintOf(sshd));
  const pinned = readFileSync(join(cli.home, 'known_hosts'), 'utf8');
  const logins = async (): Promise<number> => (await sshd.log()).split('Accepted publickey').length;
  const before = await logins();

  const own = join(sshd.folder, 'host_ed25519');
  const [oldKey, oldLine] = [readFileSync(own), readFileSync(`${own}.pub`)];
  for (const path of [own, `${own}.pub`]) rmSync(path);
  await keygen(own, 'ed25519');
  process.kill(Number(readFileSync(join(sshd.folder, 'pid'), 'utf8')), 'SIGHUP');
  const changed = failureIn(await untilAnother(cli), 'host-key-changed');
  assert.equal(changed.about, 'cp1');
  failureIn(
    await cli.run('node', 'show', 'cp1', '--host-key', await fingerprintOf(sshd)),
    'host-key-changed',
  );
  failureIn(await cli.run('snapshot', 'take', 'cp1'), 'host-key-changed');
  assert.equal(readFileSync(join(cli.home, 'known_hosts'), 'utf8'), pinned);
  assert.equal(await logins(), before, 'nobody logged in');

  writeFileSync(own, oldKey, { mode: 0o600 });
  writeFileSync(`${own}.pub`, oldLine);
  process.kill(Number(readFileSync(join(sshd.folder, 'pid'), 'utf8')), 'SIGHUP');
  assert.equal((await untilAnother(cli, 3)).status, 0, 'the machine that was meant is reached again');
});

/** Asks until the server, which starts itself anew, answers in another way than before. */
async function untilAnother(cli: CommandLine, not = 0) {
  for (let tries = 0; tries < 40; tries++) {
    const said = await cli.run('node', 'show', 'cp1');
    if (said.status !== not && said.status !== 5) return said;
  }
  throw new Error('the server never changed');
}

test(
  'a wrong password is told, tried once, and changes nothing',
  { ...needs('sshd'), ...needsRoot() },
  async t => {
    const user = await temporaryUser(t);
    const sshd = await startSshd(t, {
      pam: true,
      config: ['PasswordAuthentication yes', 'PubkeyAuthentication no'],
    });
    const { cli, add } = await laptop(t);
    const file = join(cli.home, '..', 'password');
    writeFileSync(file, 'quite wrong\n');
    await add(sshd.port, '--user', user.name, '--password-file', file);
    const known = ['--host-key', await fingerprintOf(sshd)];

    const none = failureIn(await cli.run('node', 'show', 'cp1', ...known), 'password-needed');
    assert.match(none.next ?? '', /--password-file/);
    const wrong = failureIn(await cli.run('node', 'show', 'cp1', '--password-file', file), 'login-refused');
    assert.equal(wrong.about, 'cp1');
    assert.equal((await sshd.log()).split('Failed password').length, 2, 'one try only');

    writeFileSync(file, `${user.password}\n`);
    await cli.done('node', 'show', 'cp1', '--password-file', file);
    rmSync(file);
    const gone = failureIn(await cli.run('node', 'show', 'cp1', '--password-file', file), 'bad-ask');
    assert.match(gone.about ?? '', /password$/);
  },
);

test('a node that is off, that hangs up, and that is no SSH server are each told, and nothing is waited for', async t => {
  const { cli, add } = await laptop(t);
  const port = await freePort();
  await add(port, '--user', 'tech');
  const off = failureIn(await cli.run('node', 'show', 'cp1'), 'unreachable');
  assert.equal(off.about, 'cp1');

  const talk = async (meet: (socket: Socket) => void): Promise<ReturnType<typeof failureIn>> => {
    const server = createServer(socket => meet(socket.on('error', () => undefined).resume())).listen(
      port,
      '127.0.0.1',
    );
    await new Promise(done => server.once('listening', done));
    try {
      return failureIn(await cli.run('node', 'show', 'cp1'), 'unreachable');
    } finally {
      await new Promise(done => server.close(done));
    }
  };
  await talk(socket => socket.destroy());
  const http = await talk(socket => socket.end('HTTP/1.1 400 Bad Request\u001b[2J\r\n\r\n'));
  assert.match(http.says, /SSH/);
});

test(
  'a login whose account has no right to anything is told before anything is planned',
  needs('sshd'),
  async t => {
    const sshd = await startSshd(t, {
      loginShell: 'echo "This account is currently not available."; exit 1',
    });
    const { cli, add } = await laptop(t);
    await add(sshd.port, ...reach(sshd));
    const said = await cli.run('node', 'show', 'cp1', '--host-key', await fingerprintOf(sshd));
    const { failure } = said.json;
    assert.equal(said.status, 5, said.stdout);
    assert.match(failure.says, /shell|not available/i);
    failureIn(said, failure.code);
  },
);

// ── what stands in the way on the node ──

interface Row {
  readonly scenario?: Partial<Scenario>;
  readonly before?: (node: PracticeStation) => Promise<void>;
  /** Id of the check that stands in the way. */
  readonly check: string;
  readonly says: RegExp;
  /** Takes the cause away; absent when it is not for an install to get rid of. */
  readonly mend?: Partial<Scenario>;
}

const rows: Readonly<Record<string, Row>> = {
  'no right to use sudo': {
    scenario: { sudo: 'none' },
    check: 'sudo',
    says: /may not act as root/,
    mend: { sudo: 'password' },
  },
  'another architecture': { scenario: { arch: 'arm64' }, check: 'architecture', says: /aarch64.*amd64 only/ },
  'a disk too small': {
    scenario: { disk: 'full' },
    check: 'disk',
    says: /MiB free of .* needs/,
    mend: { disk: 'roomy' },
  },
  'no inodes left': {
    scenario: { disk: 'no-inodes' },
    check: 'inodes',
    says: /12 left/,
    mend: { disk: 'roomy' },
  },
  'a disk that can only be read': {
    scenario: { readOnlyRoot: true },
    check: 'read-only',
    says: /Read-only: /,
    mend: { readOnlyRoot: false },
  },
  'a clock a year ahead': {
    scenario: { clockOffsetMs: 365 * 86_400_000 },
    check: 'clock',
    says: /365 days ahead/,
    mend: { clockOffsetMs: 0 },
  },
  'a clock a year behind': {
    scenario: { clockOffsetMs: -365 * 86_400_000 },
    check: 'clock',
    says: /365 days behind/,
    mend: { clockOffsetMs: 0 },
  },
  'K3s on SQLite': { before: node => node.installK3s('sqlite'), check: 'k3s', says: /SQLite/ },
  'K3s on etcd, somebody else’s': {
    before: node => node.installK3s('etcd'),
    check: 'k3s',
    says: /somebody’s cluster/,
  },
};

for (const [what, row] of Object.entries(rows))
  test(`${what} stops an install before it begins, and the node is as it was`, async t => {
    const { node, cli, ...rest } = await fieldSite(t, row.scenario, row.before);
    await withBundle({ node, cli, ...rest });
    const before = whatIsOn(node);

    const install = failureIn(await cli.run('install', 'cp1', '--yes'), 'preflight-blocked');
    assert.equal(install.about, 'cp1');
    assert.match(install.says, row.says);
    const preflight = await cli.run('node', 'preflight', 'cp1', '--bundle', k3sVersion);
    assert.equal(preflight.status, 1, preflight.stdout);
    const blocked = (preflight.json.checks as Check[]).filter(check => check.verdict === 'blocked');
    assert.deepEqual(
      blocked.map(check => check.id),
      [row.check],
      preflight.stdout,
    );
    assert.ok(blocked.every(check => check.saw && check.next));
    harmless(preflight);
    assert.deepEqual(whatIsOn(node), before);
    assert.deepEqual((await cli.done('run', 'list')).runs, [], 'no run was begun');

    if (!row.mend) return;
    node.set(row.mend);
    // Without --yes the plan is made and shown, and nobody agrees to it: as far as it goes without the minutes of an install.
    failureIn(await cli.run('install', 'cp1'), 'consent-needed');
  });

test('a wrong sudo password is tried once, told, and the right one goes on', async t => {
  const site = await fieldSite(t);
  await withBundle(site);
  const file = join(site.folder, 'sudo');
  writeFileSync(file, 'not this one\n');
  const before = whatIsOn(site.node);
  const refused = await site.cli.run('install', 'cp1', '--sudo-password-file', file, '--yes');
  const code = refused.json.failure?.code;
  assert.ok(['sudo-refused', 'preflight-blocked'].includes(code), refused.stdout);
  failureIn(refused, code);
  assert.deepEqual(whatIsOn(site.node), before);
  writeFileSync(file, `${site.node.sudoPassword.reveal()}\n`);
  failureIn(await site.cli.run('install', 'cp1', '--sudo-password-file', file), 'consent-needed');
});

test('what a node says in escapes, in its name, its greeting and its files, reaches nobody’s terminal', async t => {
  const nasty = '\u001b[2J\u001b]0;owned\u0007\u009b31m\u202e';
  const site = await fieldSite(t, { hostname: `cp1${nasty}` });
  await withBundle(site);
  await site.node.run(
    `printf 'PRETTY_NAME="Debian \\033[2J\\302\\23331m"\\nID=debian\\n' > /etc/os-release; printf '\\033[5mhello\\033]0;x\\007' > /etc/motd`,
    'root',
  );
  for (const args of [
    ['node', 'show', 'cp1'],
    ['node', 'preflight', 'cp1', '--bundle', k3sVersion],
    ['install', 'cp1', '--node-name', 'cp1'],
    ['install', 'cp1'],
    ['snapshot', 'list', 'cp1'],
    ['node', 'list'],
  ]) {
    const said = await site.cli.run(...args);
    harmless(said);
  }
});
