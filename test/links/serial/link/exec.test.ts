import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { Secret } from '../../../../main/core/secret.ts';
import { sh } from '../../../../main/core/sh.ts';
import { serialLinkTo } from '../../../support/serial-link.ts';
import { failureOf, patience } from '../../../support/ssh.ts';
import { testFolder } from '../../../support/sshd.ts';

const bash = ['bash', '--norc', '-i'] as const;

test('a command gives its status, its signal, and both streams apart', async t => {
  const { link } = await serialLinkTo(t, bash);
  const signal = patience();
  assert.deepEqual(await link.exec(sh`echo out; echo err >&2; exit 3`, { signal }), {
    code: 3,
    signal: null,
    stdout: 'out\n',
    stderr: 'err\n',
    truncated: false,
  });
  const killed = await link.exec(sh`kill -9 $$`, { signal });
  assert.deepEqual([killed.code, killed.signal, killed.stderr], [null, 'KILL', '']);
  assert.equal((await link.exec(sh`exit 137`, { signal })).code, 137, 'a status is not taken for a signal');
  assert.equal((await link.exec(sh`no-such-command`, { signal })).code, 127);
  assert.equal((await link.exec(sh`echo $LC_ALL`, { signal })).stdout, 'C\n');
  assert.equal((await link.exec(sh`true`, { signal })).code, 0);
  assert.match(link.who.hostname, /./);
});

test('stdin comes from bytes, from a secret, from a stream, and ends', async t => {
  const { link, line } = await serialLinkTo(t, bash);
  const signal = patience();
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  const echoed = await link.exec(sh`od -An -v -tx1 | tr -d ' \n'`, { signal, stdin: bytes });
  assert.equal(echoed.stdout, Buffer.from(bytes).toString('hex'));
  assert.equal((await link.exec(sh`cat`, { signal, stdin: new Secret('ä secret\n') })).stdout, 'ä secret\n');
  assert.equal((await link.exec(sh`cat`, { signal, stdin: new Secret('') })).stdout, '');
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < 20; i++) yield Buffer.alloc(10_000, 'x');
  }
  assert.equal((await link.exec(sh`wc -c`, { signal, stdin: pieces() })).stdout.trim(), '200000');
  assert.equal((await link.exec(sh`cat`, { signal })).stdout, '');
  const head = await link.exec(sh`head -c 3`, { signal, stdin: pieces() });
  assert.equal(head.stdout, 'xxx', 'not all of stdin need be read');
  assert.doesNotMatch(line.said().toString(), /secret/, 'what is typed does not come back');
});

test('a long output keeps beginning and end', async t => {
  const { link } = await serialLinkTo(t, bash);
  const exit = await link.exec(sh`seq 1 100000`, { signal: patience(), keepBytes: 20_000 });
  assert.equal(exit.truncated, true);
  const all = Array.from({ length: 100_000 }, (_, i) => `${i + 1}\n`).join('');
  assert.equal(exit.stdout.slice(0, 10_000), all.slice(0, 10_000));
  assert.equal(exit.stdout.slice(-9_000), all.slice(-9_000));
  assert.match(exit.stdout, new RegExp(`… ${all.length - 20_000} bytes left out …`));
  const whole = await link.exec(sh`seq 1 100000`, { signal: patience(), keepBytes: 2_000_000 });
  assert.equal(whole.stdout, all);
  assert.equal(whole.truncated, false);
});

test('output is seen as it comes, and whoever listens slowly holds it back', async t => {
  const { link } = await serialLinkTo(t, bash);
  let seen = 0;
  let first = 0;
  const began = performance.now();
  const exit = await link.exec(sh`echo first; sleep 1; head -c 700000 /dev/zero`, {
    signal: patience(),
    keepBytes: 1000,
    onOutput: async (_, bytes) => {
      seen += bytes.length;
      first ||= performance.now() - began;
      await new Promise(done => setTimeout(done, 5));
    },
  });
  assert.equal(seen, 700_006);
  assert.ok(first < 900, `the first line came after ${first} ms`);
  assert.equal(exit.truncated, true);
});

test('a command longer than a terminal’s line comes whole', async t => {
  const { link } = await serialLinkTo(t, bash);
  const text = Array.from({ length: 500 }, (_, i) => `${i} it's "two" \\ $(id) \`id\` ä!`).join('\n');
  const exit = await link.exec(sh`printf %s ${text} | sha256sum; printf %s ${text}`, { signal: patience() });
  assert.equal(exit.stdout.slice(68), text);
  const failure = await failureOf(link.exec(sh`echo ${'x'.repeat(200_000)}`, { signal: patience() }));
  assert.match(failure?.says ?? '', /longer than a node takes/);
});

test('a stopped command is dead on the node, with all it started', async t => {
  const { link } = await serialLinkTo(t, bash);
  const folder = await testFolder(t);
  const pids = join(folder, 'pids');
  const stop = new AbortController();
  const stubborn = sh`trap '' HUP; echo $$ >${pids}; sleep 1000 & echo $! >>${pids}; sleep 1001 & echo $! >>${pids}; echo ready; wait`;
  const running = failureOf(link.exec(stubborn, { signal: stop.signal, onOutput: () => stop.abort() }));
  assert.equal((await running)?.code, 'cancelled');
  for (const pid of (await readFile(pids, 'utf8')).trim().split('\n')) {
    const alive = await link.exec(
      sh`i=0; while kill -0 ${pid} 2>/dev/null && [ $i -lt 30 ]; do sleep 0.1; i=$((i+1)); done; kill -0 ${pid}`,
      { signal: patience() },
    );
    assert.notEqual(alive.code, 0, `process ${pid} lives on`);
  }
});

test('a command that takes too long is stopped and says so', async t => {
  const { link } = await serialLinkTo(t, bash);
  const failure = await failureOf(
    link.exec(sh`trap '' TERM; sleep 1000`, { signal: patience(), timeoutMs: 300 }),
  );
  assert.equal(failure?.code, 'timed-out');
  assert.equal((await failureOf(link.exec(sh`true`, { signal: AbortSignal.abort() })))?.code, 'cancelled');
  assert.equal((await link.exec(sh`echo still there`, { signal: patience() })).stdout, 'still there\n');
});

test('several commands run side by side and each gets its own output', async t => {
  const { link } = await serialLinkTo(t, bash);
  const signal = patience();
  const exits = await Promise.all(
    Array.from({ length: 5 }, (_, i) =>
      link.exec(sh`sleep 0.2; cat; echo ${'x'.repeat(3000)} ${i}`, {
        signal,
        stdin: new Secret(`secret ${i}\n`),
      }),
    ),
  );
  assert.deepEqual(
    exits.map(({ stdout }) => stdout),
    Array.from({ length: 5 }, (_, i) => `secret ${i}\n${'x'.repeat(3000)} ${i}\n`),
  );
});

test('what a command leaves behind does not keep it from ending', async t => {
  const { link } = await serialLinkTo(t, bash);
  const began = performance.now();
  const exit = await link.exec(sh`sleep 5 & echo started`, { signal: patience() });
  assert.equal(exit.stdout, 'started\n');
  assert.ok(performance.now() - began < 3000);
});

test('closing leaves the node as it was found', async t => {
  const { link, line } = await serialLinkTo(t, bash);
  const { stdout } = await link.exec(sh`trap`, { signal: patience() });
  const folder = /\/\S*coldstart-[0-9a-f]{18}/.exec(stdout)?.[0] ?? '';
  assert.notEqual(folder, '');
  await link.close();
  assert.equal(line.released(), true);
  const before = line.said().length;
  line.pty.write(`stty -a; ls -d ${folder}; echo "left $?"\n`);
  await new Promise(done => setTimeout(done, 500));
  const said = line.said().subarray(before).toString();
  assert.match(said, /No such file/);
  assert.match(said, /[^-]echo /);
  assert.match(said, /left 2/);
  assert.doesNotMatch(said, /-icrnl/);
});
