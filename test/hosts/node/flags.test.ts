import assert from 'node:assert/strict';
import { test } from 'node:test';
import { doorFlags } from '../../../main/hosts/node/flags.ts';
import { failing } from '../../support/failing.ts';

const plain = { browser: false, noOpen: false, port: 0, world: 'real', help: false };

test('the front door understands its few flags', () => {
  assert.deepEqual(doorFlags([]), plain);
  assert.deepEqual(doorFlags(['--browser']), { ...plain, browser: true });
  assert.deepEqual(doorFlags(['--no-open']), { ...plain, browser: true, noOpen: true });
  assert.deepEqual(doorFlags(['--port', '8080']), { ...plain, browser: true, port: 8080 });
  assert.deepEqual(doorFlags(['--practice']), { ...plain, world: 'practice' });
});

test('anything else is refused with a way to the help, and nothing is started', async () => {
  for (const argv of [
    ['--port'],
    ['--port', '0'],
    ['--port', '65536'],
    ['--port', '1e3'],
    ['--port', '-1'],
    ['--prot', '1'],
    ['open'],
    ['--browser=no'],
  ]) {
    const failure = await failing('bad-ask', () => doorFlags(argv));
    assert.match(failure.next ?? '', /--help/);
  }
});
