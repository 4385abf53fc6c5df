import assert from 'node:assert/strict';
import { chmod, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import type { Shell } from '../../../main/ports.ts';
import { sh } from '../../../main/core/sh.ts';
import { needs } from '../../support/needs.ts';
import { failureOf, linkTo, patience } from '../../support/ssh.ts';
import { testFolder } from '../../support/sshd.ts';

const sshd = needs('sshd');
const size = { cols: 80, rows: 24 };

/** Reads on until the text was seen; gives everything read. */
function reader(shell: Shell): (until: RegExp) => Promise<string> {
  const pieces = shell[Symbol.asyncIterator]();
  return async until => {
    let seen = '';
    while (!until.test(seen)) {
      const { value, done } = await pieces.next();
      if (done === true) throw new Error(`the shell ended before ${until}: ${seen}`);
      seen += Buffer.from(value).toString();
    }
    return seen;
  };
}

test('a terminal answers, knows its size, learns a new one, and keeps no history', sshd, async t => {
  const { link } = await linkTo(t);
  const shell = await link.shell(size, patience());
  const until = reader(shell);
  const type = (text: string): void => shell.send(Buffer.from(text));
  type('PS1=; stty -echo; echo rea""dy\n');
  await until(/ready/);
  type('stty size; echo H=$HISTFILE T=$TMOUT; echo en""d\n');
  assert.match(await until(/end/), /24 80[\s\S]*H=\/dev\/null T=600/);
  shell.resize({ cols: 132, rows: 50 });
  type('stty size; echo en""d\n');
  assert.match(await until(/end/), /50 132/);
  type('exit 0\n');
  for await (const bytes of shell) void bytes;
  await shell.close();
});

test('a terminal that is not read holds the node back, and closing it hangs up', sshd, async t => {
  const { link } = await linkTo(t);
  const folder = await testFolder(t);
  await chmod(folder, 0o777);
  const shell = await link.shell(size, patience());
  const until = reader(shell);
  shell.send(
    Buffer.from(
      `PS1=; stty -echo; echo rea""dy; echo $$ >${join(folder, 'pid')}; seq 1 5000000; touch ${join(folder, 'done')}\n`,
    ),
  );
  await until(/ready/);
  await new Promise(resolve => setTimeout(resolve, 300));
  assert.deepEqual(await readdir(folder), ['pid']);
  await shell.close();
  const gone = sh`i=0; while [ -d /proc/$(cat ${join(folder, 'pid')}) ] && [ $i -lt 50 ]; do sleep 0.1; i=$((i+1)); done; [ ! -d /proc/$(cat ${join(folder, 'pid')}) ]`;
  assert.equal((await link.exec(gone, { signal: patience() })).code, 0);
});

test('stopping closes a terminal; a lost link ends it with an error', sshd, async t => {
  const { link, sshd: server } = await linkTo(t);
  const stop = new AbortController();
  const stopped = await link.shell(size, stop.signal);
  stop.abort();
  for await (const bytes of stopped) void bytes;
  const shell = await link.shell(size, patience());
  const reading = failureOf(
    (async () => {
      for await (const bytes of shell) void bytes;
    })(),
  );
  await server.stop();
  assert.equal((await reading)?.code, 'link-lost');
  await link.lost;
  await shell.close();
});

for (const shellName of ['fish', 'tcsh'] as const) {
  test(`a terminal opens when ${shellName} is the login shell`, needs('sshd', shellName), async t => {
    const { link } = await linkTo(t, {
      loginShell: `export SHELL=/usr/bin/${shellName}; exec ${shellName} -c "$SSH_ORIGINAL_COMMAND"`,
    });
    const shell = await link.shell(size, patience());
    const until = reader(shell);
    shell.send(Buffer.from('printf "%s-%s\\n" it works\n'));
    await until(/it-works/);
    await shell.close();
  });
}

test('a terminal and commands share one connection', sshd, async t => {
  const { link, sshd: server } = await linkTo(t);
  const shell = await link.shell(size, patience());
  assert.equal((await link.exec(sh`echo beside`, { signal: patience() })).stdout, 'beside\n');
  assert.equal((await server.log()).match(/Accepted publickey/g)?.length, 1);
  await shell.close();
  await writeFile('/dev/null', '');
});
