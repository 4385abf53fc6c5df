import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Output, failureText, progressLine } from '../../main/cli/output.ts';
import { duration, plain, size, table } from '../../main/cli/words.ts';

const streams = (): { out: string[]; err: string[]; at: ConstructorParameters<typeof Output>[1] } => {
  const out: string[] = [];
  const err: string[] = [];
  return { out, err, at: { out: { write: text => out.push(text) }, err: { write: text => err.push(text) } } };
};

test('text from a node cannot steer the terminal', () => {
  assert.equal(plain('a\u001b[2Jb\u001b]0;title\u0007c\rd\u0000e\u009b31mf\u202eg'), 'abcde31mfg');
  assert.equal(plain('two\nlines\tkept, Ärger too'), 'two\nlines\tkept, Ärger too');
});

test('whatever a verb answers, no byte of it steers the terminal', () => {
  const nasty = 'a\u001b[2J\u009b31m\u007f\u202eb';
  const said = (isJson: boolean): string => {
    const { out, err, at } = streams();
    const output = new Output(isJson, at);
    output.say(nasty);
    output.answer({ json: { nasty }, text: nasty });
    output.failure({ code: 'check-failed', says: nasty, facts: { [nasty]: nasty } });
    return out.join('') + err.join('');
  };
  // eslint-disable-next-line no-control-regex
  for (const isJson of [true, false]) assert.doesNotMatch(said(isJson), /[\u001b\u007f-\u009f\u202e]/);
  const { out, at } = streams();
  new Output(true, at).answer({ json: { nasty }, text: '' });
  assert.deepEqual(JSON.parse(out.join('')), { nasty }, 'nothing is lost for a program');
});

test('a node cannot put words of its own under Next', () => {
  assert.equal(
    failureText({ code: 'step-failed', says: 'It said: no\n  Next: rm -rf /', next: 'Look at its log.' }),
    '✗ It said: no\n      Next: rm -rf /\n  Next: Look at its log.',
  );
});

test('sizes and times are told as people say them', () => {
  assert.deepEqual(
    [size(0), size(1023), size(1536), size(3 * 1024 ** 3), size(123 * 1024 ** 2)],
    ['0 B', '1023 B', '1.5 KiB', '3.0 GiB', '123 MiB'],
  );
  assert.deepEqual(
    [duration(0), duration(89), duration(300), duration(5400)],
    ['0 s', '89 s', '5 min', '1 h 30 min'],
  );
});

test('a table lines up and keeps a name with a newline in its row', () => {
  assert.equal(
    table(
      ['A', 'B'],
      [
        ['long name', 'x'],
        ['n\nm', 'y'],
      ],
    ),
    'A          B\nlong name  x\nn m        y',
  );
});

test('progress tells a remaining time only when there is one', () => {
  assert.equal(
    progressLine({ what: 'Copying k3s', done: 1024, total: 2048, unit: 'bytes' }),
    'Copying k3s  1.0 KiB of 2.0 KiB',
  );
  assert.equal(
    progressLine({ what: 'Steps', done: 3, unit: 'steps', remainingSeconds: 20 }),
    'Steps  3 steps, 20 s left',
  );
});

test('a failure tells what happened, about what, what was left alone and what next', () => {
  const text = failureText({
    code: 'unreachable',
    says: 'No answer.',
    about: 'cp1',
    untouched: 'The node.',
    next: 'Check the cable.',
  });
  assert.equal(text, '✗ No answer.\n  About: cp1\n  Left alone: The node.\n  Next: Check the cable.');
});

test('under --json standard output carries one object and nothing else', () => {
  const { out, err, at } = streams();
  const output = new Output(true, at);
  output.say('on the way');
  output.progress({ what: 'x', done: 1, total: 1, unit: 'steps' });
  assert.equal(output.failure({ code: 'no-recipient', says: 'Nobody to seal for.' }), 3);
  assert.equal(out.length, 1);
  assert.deepEqual(JSON.parse(out.join('')), {
    failure: { code: 'no-recipient', says: 'Nobody to seal for.' },
  });
  for (const line of err) JSON.parse(line);
});
