import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { Secret } from '../../../main/core/secret.ts';
import { sh } from '../../../main/core/sh.ts';
import { needs } from '../../support/needs.ts';
import { failureOf, linkTo, patience, textOf } from '../../support/ssh.ts';
import { testFolder } from '../../support/sshd.ts';

const sshd = needs('sshd');

test('a command gives its status, its signal, and both streams apart', sshd, async t => {
  const { link } = await linkTo(t);
  const signal = patience();
  assert.deepEqual(await link.exec(sh`echo out; echo err >&2; exit 3`, { signal }), {
    code: 3,
    signal: null,
    stdout: 'out\n',
    stderr: 'err\n',
    truncated: false,
  });
  const killed = await link.exec(sh`kill -9 $$`, { signal });
  assert.deepEqual([killed.code, killed.signal], [null, 'KILL']);
  assert.equal((await link.exec(sh`no-such-command`, { signal })).code, 127);
  assert.equal((await link.exec(sh`echo $LC_ALL`, { signal })).stdout, 'C\n');
});

test('stdin comes from bytes, from a secret, from a stream, and ends', sshd, async t => {
  const { link } = await linkTo(t);
  const signal = patience();
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  const echoed = await link.exec(sh`od -An -v -tx1 | tr -d ' \n'`, { signal, stdin: bytes });
  assert.equal(echoed.stdout, Buffer.from(bytes).toString('hex'));
  assert.equal((await link.exec(sh`cat`, { signal, stdin: new Secret('ä secret\n') })).stdout, 'ä secret\n');
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < 100; i++) yield Buffer.alloc(100_000, 'x');
  }
  assert.equal((await link.exec(sh`wc -c`, { signal, stdin: pieces() })).stdout.trim(), '10000000');
  assert.equal((await link.exec(sh`cat`, { signal })).stdout, '');
  assert.equal(
    (await link.exec(sh`head -c 3`, { signal, stdin: pieces() })).stdout,
    'xxx',
    'not all of stdin need be read',
  );
});

test('a long output keeps beginning and end', sshd, async t => {
  const { link } = await linkTo(t);
  const exit = await link.exec(sh`seq 1 100000`, { signal: patience(), keepBytes: 2000 });
  assert.equal(exit.truncated, true);
  assert.match(exit.stdout, /^1\n2\n3\n/);
  assert.match(exit.stdout, /99999\n100000\n$/);
  assert.ok(exit.stdout.length < 2100);
});

test('100 MB of output through a slow reader do not fill the memory', sshd, async t => {
  const { link } = await linkTo(t);
  const before = process.memoryUsage().rss;
  let most = 0;
  let seen = 0;
  const exit = await link.exec(sh`head -c 100000000 /dev/zero; seq 1 1000 >&2`, {
    signal: patience(),
    onOutput: async (_stream, bytes) => {
      seen += bytes.length;
      most = Math.max(most, process.memoryUsage().rss);
      await new Promise(resolve => setImmediate(resolve));
    },
  });
  assert.equal(exit.code, 0);
  assert.equal(seen, 100_000_000 + 3893);
  assert.ok(most - before < 80e6, `${Math.round((most - before) / 1e6)} MB more`);
});

test('a reader that stops reading holds the node back', sshd, async t => {
  const { link } = await linkTo(t);
  const folder = await testFolder(t);
  const go = Promise.withResolvers<void>();
  const first = Promise.withResolvers<void>();
  const done = link.exec(sh`head -c 20000000 /dev/zero && touch ${join(folder, 'all written')}`, {
    signal: patience(),
    onOutput: () => (first.resolve(), go.promise),
  });
  await first.promise;
  // Long enough for 20 MB on loopback many times over, if nothing held them.
  await new Promise(resolve => setTimeout(resolve, 300));
  assert.equal(await link.stat(join(folder, 'all written'), { signal: patience() }), undefined);
  go.resolve();
  assert.equal((await done).code, 0);
});

test('a failing reader ends the command and is heard of', sshd, async t => {
  const { link } = await linkTo(t);
  const failing = link.exec(sh`yes`, {
    signal: patience(),
    onOutput: () => {
      throw new Error('the page is gone');
    },
  });
  await assert.rejects(failing, /the page is gone/);
  assert.equal((await link.exec(sh`echo still there`, { signal: patience() })).stdout, 'still there\n');
});

test('a stopped command is dead on the node, with all it started', sshd, async t => {
  const { link } = await linkTo(t);
  const folder = await testFolder(t);
  const pids = join(folder, 'pids');
  const stop = new AbortController();
  const stubborn = sh`trap '' HUP; echo $$ >${pids}; sleep 1000 & echo $! >>${pids}; sleep 1001 & echo $! >>${pids}; echo ready; wait`;
  const running = failureOf(link.exec(stubborn, { signal: stop.signal, onOutput: () => stop.abort() }));
  assert.equal((await running)?.code, 'cancelled');
  for (const pid of (await textOf(pids)).trim().split('\n')) {
    const alive = await link.exec(
      sh`i=0; while kill -0 ${pid} 2>/dev/null && [ $i -lt 30 ]; do sleep 0.1; i=$((i+1)); done; kill -0 ${pid}`,
      { signal: patience() },
    );
    assert.notEqual(alive.code, 0, `process ${pid} lives on`);
  }
});

test('a command that takes too long is stopped and says so', sshd, async t => {
  const { link } = await linkTo(t);
  const failure = await failureOf(
    link.exec(sh`trap '' TERM; sleep 1000`, { signal: patience(), timeoutMs: 200 }),
  );
  assert.equal(failure?.code, 'timed-out');
  const stopped = AbortSignal.abort();
  assert.equal((await failureOf(link.exec(sh`true`, { signal: stopped })))?.code, 'cancelled');
});

for (const [name, script, tools] of [
  ['fish', 'exec fish -c "$SSH_ORIGINAL_COMMAND"', ['fish']],
  ['tcsh', 'exec tcsh -c "$SSH_ORIGINAL_COMMAND"', ['tcsh']],
  ['busybox ash', 'exec busybox sh -c "$SSH_ORIGINAL_COMMAND"', ['busybox']],
  [
    'bash with noisy start files',
    'echo "Welcome to hut 7!"; echo "disk is 91% full" >&2; exec bash -c "$SSH_ORIGINAL_COMMAND"',
    [],
  ],
] as const) {
  test(`commands and files come through ${name} unharmed`, needs('sshd', ...tools), async t => {
    const { link } = await linkTo(t, { loginShell: script });
    const folder = await testFolder(t);
    const signal = patience();
    const value = `it's "two"\nlines! $(id) \`id\` back\\slash ä`;
    const exit = await link.exec(sh`printf %s ${value}; echo err >&2`, { signal });
    assert.deepEqual([exit.stdout, exit.stderr, exit.code], [value, 'err\n', 0]);
    const path = join(folder, value.replaceAll('/', ''));
    await link.writeFile(path, Buffer.from(value), { signal, mode: 0o600 });
    assert.equal(await textOf(path), value);
    assert.equal(String(await link.readFile(path, { signal })), value);
  });
}

test('a banner before the login is no output of any command', sshd, async t => {
  const folder = await testFolder(t);
  const banner = join(folder, 'banner');
  const { writeFile } = await import('node:fs/promises');
  await writeFile(banner, 'UNAUTHORISED USE IS FORBIDDEN\n'.repeat(50));
  const { link } = await linkTo(t, { config: [`Banner ${banner}`, 'PrintMotd yes'] });
  assert.equal((await link.exec(sh`echo clean`, { signal: patience() })).stdout, 'clean\n');
});

test('an account without a shell is explained when the link is opened', sshd, async t => {
  const failure = await failureOf(
    linkTo(t, { loginShell: 'echo "This account is currently not available."; exit 1' }),
  );
  assert.equal(failure?.code, 'could-not');
  assert.match(failure.says, /currently not available/);
});

for (const most of [1, 2]) {
  test(
    `ten commands at once wait for each other when the node takes ${most} session${most > 1 ? 's' : ''}`,
    sshd,
    async t => {
      const { link } = await linkTo(t, { config: [`MaxSessions ${most}`] });
      const signal = patience();
      for (let round = 0; round < 3; round++) {
        const commands = Array.from({ length: 10 }, (_, i) => link.exec(sh`echo ${i}`, { signal }));
        const outputs = (await Promise.all(commands)).map(exit => exit.stdout.trim());
        assert.deepEqual(
          outputs,
          Array.from({ length: 10 }, (_, i) => String(i)),
        );
      }
    },
  );
}

test('a stopped command is ended even when the node takes only one session', sshd, async t => {
  const { link } = await linkTo(t, { config: ['MaxSessions 1'] });
  const stop = new AbortController();
  const running = failureOf(
    link.exec(sh`echo ready; sleep 1000`, { signal: stop.signal, onOutput: () => stop.abort() }),
  );
  const waiting = link.exec(sh`echo next`, { signal: patience() });
  assert.equal((await running)?.code, 'cancelled');
  assert.equal((await waiting).stdout, 'next\n');
  const given = new AbortController();
  const holding = link.exec(sh`cat >/dev/null; echo held`, { signal: patience(), stdin: hold(given.signal) });
  const stopWaiting = new AbortController();
  const queued = failureOf(link.exec(sh`echo never`, { signal: stopWaiting.signal }));
  stopWaiting.abort();
  assert.equal((await queued)?.code, 'cancelled');
  given.abort();
  assert.equal((await holding).stdout, 'held\n');
});

/** Stdin that gives nothing and ends when told so. */
const hold = (until: AbortSignal): AsyncIterable<Uint8Array> => ({
  [Symbol.asyncIterator]: () => ({
    next: async () => {
      if (!until.aborted)
        await new Promise(resolve => until.addEventListener('abort', resolve, { once: true }));
      return { done: true, value: undefined };
    },
  }),
});

test('nothing a command says about secrets shows in the process list of the node', sshd, async t => {
  const { link } = await linkTo(t);
  const secret = new Secret('hunter2-never-seen');
  const exit = await link.exec(sh`ps -eo args; cat >/dev/null`, { signal: patience(), stdin: secret });
  assert.doesNotMatch(exit.stdout, /hunter2/);
  const folder = await testFolder(t);
  await link.writeFile(join(folder, 'token'), secret, { signal: patience(), mode: 0o600 });
  assert.equal(await textOf(join(folder, 'token')), 'hunter2-never-seen');
});
