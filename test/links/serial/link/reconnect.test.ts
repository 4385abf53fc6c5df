import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { FieldError } from '../../../../preload/contract/failure.ts';
import { sh } from '../../../../main/core/sh.ts';
import { serialLinkTo } from '../../../support/serial-link.ts';
import { failureOf, patience } from '../../../support/ssh.ts';
import { testFolder } from '../../../support/sshd.ts';

const bash = ['bash', '--norc', '-i'] as const;
const pause = (ms: number): Promise<void> => new Promise(done => setTimeout(done, ms));

test('a cable pulled in mid-command and plugged in again gives the result, and the command ran once', async t => {
  const { link, line } = await serialLinkTo(t, bash);
  const folder = await testFolder(t);
  const witness = join(folder, 'witness');
  const running = link.exec(sh`echo ran >>${witness}; sleep 1; echo out; exit 4`, { signal: patience() });
  await pause(400);
  line.pull();
  await pause(1200);
  line.plugIn();
  const exit = await running;
  assert.deepEqual([exit.code, exit.stdout], [4, 'out\n']);
  assert.equal(await readFile(witness, 'utf8'), 'ran\n');
  assert.equal(line.logins(), 1, 'nobody had to log in again');
});

test('a console that hung up with the cable is logged in to again, and the command’s result is still there', async t => {
  const { link, line } = await serialLinkTo(t, bash);
  const folder = await testFolder(t);
  const witness = join(folder, 'witness');
  const running = link.exec(sh`echo ran >>${witness}; sleep 2; echo out; exit 4`, {
    signal: AbortSignal.timeout(30_000),
  });
  await pause(400);
  line.pull();
  line.hangUp();
  await pause(300);
  line.plugIn();
  const exit = await running;
  assert.deepEqual([exit.code, exit.stdout], [4, 'out\n']);
  assert.equal(await readFile(witness, 'utf8'), 'ran\n');
  assert.equal(line.logins(), 2);
  assert.equal((await link.exec(sh`echo goes on`, { signal: patience() })).stdout, 'goes on\n');
});

test('a node that restarted in mid-command ends the link, and nothing is sent to it again', async t => {
  const folder = await testFolder(t);
  const witness = join(folder, 'witness');
  // Another boot is another boot_id: the shell that comes back sees one through its own `cat`.
  await writeFile(
    join(folder, 'cat'),
    '#!/bin/sh\ncase "$1" in */boot_id) echo other-boot;; *) exec /bin/cat "$@";; esac\n',
    { mode: 0o755 },
  );
  const { link, line } = await serialLinkTo(t, bash);
  const running = failureOf(
    link.exec(sh`echo ran >>${witness}; sleep 20; echo out`, { signal: AbortSignal.timeout(60_000) }),
  );
  await pause(400);
  line.hangUp({ PATH: `${folder}:${process.env['PATH']}` });
  const failure = await running;
  assert.equal(failure?.code, 'link-lost');
  await link.lost;
  assert.equal(await readFile(witness, 'utf8'), 'ran\n');
  assert.equal((await failureOf(link.exec(sh`true`, { signal: patience() })))?.code, 'link-lost');
});

test('a console whose password nobody gave gets nothing typed at its prompt, not even to end the command', async t => {
  const { link, line } = await serialLinkTo(t, bash);
  const running = failureOf(link.exec(sh`sleep 20`, { signal: AbortSignal.timeout(30_000) }));
  await pause(400);
  const atLogin = Promise.withResolvers<number>();
  line.logIn = async () => {
    atLogin.resolve(line.sent().length);
    throw new FieldError({ code: 'password-needed', says: 'The console asks for the password of tester.' });
  };
  line.hangUp();
  assert.equal((await running)?.code, 'password-needed');
  await link.close();
  assert.equal(
    line
      .sent()
      .subarray(await atLogin.promise)
      .toString(),
    '',
  );
});
