import assert from 'node:assert/strict';
import { test } from 'node:test';
import { practiceSite } from '../support/practice-site.ts';

const said = async (t: Parameters<typeof practiceSite>[0], script: string): Promise<string> => {
  const { station } = await practiceSite(t);
  const { stdout, stderr } = await station.run(script);
  return stdout + stderr;
};

test('a named pipe carries lines from one process to another, in order, and then ends', async t => {
  assert.equal(
    await said(
      t,
      'cd /run; mkfifo -m 600 p; [ -p p ] && stat -c "%F %a" p; (echo one; echo two) >p & cat <p; wait; rm p; [ -e p ] || echo gone',
    ),
    'fifo 600\none\ntwo\ngone\n',
  );
});

test('a pipe opened both ways waits for nobody, keeps what was not read, and wakes who reads', async t => {
  assert.equal(
    await said(
      t,
      'cd /run; mkfifo p; exec 8<>p; printf "a\\nb\\n" >&8; read x <&8; echo "$x"; { read y; echo "$y"; } <p; (sleep 0.05; echo c >p) & read z <&8; echo "$z"',
    ),
    'a\nb\nc\n',
  );
});

test('a descriptor that exec closed keeps no pipe open', async t => {
  assert.equal(
    await said(t, '{ ( exec sh -c "echo hi" 2>&4 4>&- ); } 4>&1 | cat; echo ended'),
    'hi\nended\n',
  );
});
