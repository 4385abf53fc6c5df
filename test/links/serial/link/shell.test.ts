import assert from 'node:assert/strict';
import test from 'node:test';
import { sh } from '../../../../main/core/sh.ts';
import type { Shell } from '../../../../main/ports.ts';
import { serialLinkTo } from '../../../support/serial-link.ts';
import { patience } from '../../../support/ssh.ts';

const bash = ['bash', '--norc', '-i'] as const;
const env = { SHELL: '/bin/sh', PS1: 'ready> ' };

/** Reads until the words came, and gives all that was seen. */
async function until(shell: AsyncIterator<Uint8Array>, words: string): Promise<string> {
  let seen = '';
  while (!seen.includes(words)) {
    const next = await shell.next();
    if (next.done) break;
    seen += Buffer.from(next.value).toString();
  }
  return seen;
}
const open = (link: {
  shell: (size: { cols: number; rows: number }, signal: AbortSignal) => Promise<Shell>;
}) => link.shell({ cols: 132, rows: 40 }, patience());

test('a shell has the size that was asked for, and commands wait for its end', async t => {
  const { link } = await serialLinkTo(t, bash, { env });
  const shell = await open(link);
  const bytes = shell[Symbol.asyncIterator]();
  shell.send(Buffer.from('stty size; echo do""ne\n'));
  assert.match(await until(bytes, 'done'), /40 132/);
  let isOver = false;
  const waiting = link.exec(sh`echo after`, { signal: patience() }).finally(() => (isOver = true));
  await new Promise(done => setTimeout(done, 300));
  assert.equal(isOver, false);
  shell.send(Buffer.from('echo bye; exit\n'));
  const rest = await until(bytes, 'never said');
  assert.match(rest, /bye/);
  assert.doesNotMatch(rest, /over [0-9a-f]{16}/, 'what ends the shell is not shown');
  assert.equal((await waiting).stdout, 'after\n');
});

test('a shell that is closed with a command running gives the line back', async t => {
  const { link } = await serialLinkTo(t, bash, { env });
  const shell = await open(link);
  shell.send(Buffer.from('sleep 100\n'));
  await new Promise(done => setTimeout(done, 300));
  await shell.close();
  assert.equal((await link.exec(sh`echo after`, { signal: patience() })).stdout, 'after\n');
});
