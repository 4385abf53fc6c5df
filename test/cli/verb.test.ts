import assert from 'node:assert/strict';
import { test } from 'node:test';
import { helpFor, helpForAll, parsed, verbOf } from '../../main/cli/verb.ts';
import { verbs } from '../../main/cli/verbs/all.ts';
import { FieldError } from '../../preload/contract/failure.ts';

const refusal = (argv: readonly string[]): string => {
  try {
    parsed(argv, verbs);
  } catch (thrown) {
    assert.ok(thrown instanceof FieldError, String(thrown));
    assert.equal(thrown.failure.code, 'bad-ask');
    assert.ok(thrown.failure.next, 'a refusal says what to do next');
    return thrown.failure.says;
  }
  throw new Error(`“${argv.join(' ')}” was taken`);
};

test('the longest verb counts, wherever the options stand', () => {
  assert.equal(verbOf(['--json', 'bundle', 'import', '/x'], verbs)?.name, 'bundle import');
  assert.equal(
    verbOf(['--password-file', '-', 'node', '--user', 'tech', 'add', 'x'], verbs)?.name,
    'node add',
  );
  const line = parsed(['bundle', 'import', '/media/usb stick', '--consent', 'v1.33.5+k3s1', '--json'], verbs);
  assert.equal(line.verb.name, 'bundle import');
  assert.deepEqual(line.args, ['/media/usb stick']);
  assert.equal(line.options['consent'], 'v1.33.5+k3s1');
});

test('an option may repeat where it says so', () => {
  const line = parsed(['install', 'cp1', '--tls-san', 'a', '--tls-san', 'b'], verbs);
  assert.deepEqual(line.options['tls-san'], ['a', 'b']);
});

test('a misspelt command, option or count of arguments is wrong usage and says what is right', () => {
  assert.match(refusal(['snapshoot', 'take']), /no command “snapshoot take”/);
  assert.match(refusal(['snapshot', 'take', 'cp1', '--pul']), /--pul/);
  assert.match(refusal(['snapshot', 'take']), /takes NODE/);
  assert.match(refusal(['node', 'list', 'x', 'y']), /takes no arguments/);
  assert.match(refusal([]), /No command/);
  assert.match(refusal(['bundle']), /“bundle” needs a second word/);
  assert.match(
    refusal(['node', 'add', 'x', '--user', '--port', '3']),
    /option --user needs a value behind it\./,
  );
  assert.match(refusal(['node', 'add', 'x', '--port']), /option --port needs a value/);
  assert.match(refusal(['node', 'list', '--json=1']), /option --json takes no value/);
});

test('every verb has a help page that names its arguments and options', () => {
  for (const verb of verbs) {
    const help = helpFor(verb);
    assert.ok(help.startsWith(`coldstart ${verb.name}`));
    for (const option of Object.keys(verb.options ?? {}))
      assert.ok(help.includes(`--${option}`), `${verb.name} --${option}`);
    assert.ok(helpForAll(verbs).includes(verb.name));
    for (const line of help.split('\n')) assert.ok(line.length <= 132, `too wide: ${line}`);
  }
});
