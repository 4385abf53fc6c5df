import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Replay, withoutQuestions } from '../../../renderer/features/console/replay.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

test('a pane that opens late sees what came before, then what comes, in order', async () => {
  const replay = new Replay();
  replay.add(encode('first '));
  replay.add(encode('second '));
  const stop = new AbortController();
  const seen: string[] = [];
  const reading = (async () => {
    for await (const bytes of replay.follow(stop.signal)) {
      seen.push(decode(bytes));
      if (seen.length === 2) stop.abort();
    }
  })();
  await Promise.resolve();
  replay.add(encode('third'));
  await reading;
  assert.equal(seen.join(''), 'first second third');
});

test('two panes see the same bytes', async () => {
  const replay = new Replay();
  const stop = new AbortController();
  const read = async (): Promise<string> => {
    let text = '';
    for await (const bytes of replay.follow(stop.signal)) text += decode(bytes);
    return text;
  };
  const both = Promise.all([read(), read()]);
  await Promise.resolve();
  replay.add(encode('login: '));
  replay.add(encode('root'));
  await new Promise(done => setImmediate(done));
  stop.abort();
  assert.deepEqual(await both, ['login: root', 'login: root']);
});

test('only the end is kept, however much came', () => {
  const replay = new Replay(10);
  for (let i = 0; i < 1000; i++) replay.add(encode('0123456'));
  assert.equal(decode(replay.past()), '4560123456');
});

test('old questions to the terminal are not asked again, so no answer is typed into the line', () => {
  const asked = [
    '\u001b[6n',
    '\u001b[c',
    '\u001b[>0c',
    '\u001b[?25$p',
    '\u001bZ',
    '\u0005',
    '\u001b[18t',
    '\u001bP$qm\u001b\\',
    '\u001b]11;?\u0007',
  ];
  assert.equal(
    decode(withoutQuestions(encode(`one${asked.join('two')}three`))),
    `one${'two'.repeat(8)}three`,
  );
});

test('colours, cursor movements and letters of any language stay as they came', () => {
  const text = '\u001b[1;31mFehler:\u001b[0m größer \u001b[2K\u001b[10;20H\u001b]0;summit-1\u0007日本';
  assert.equal(decode(withoutQuestions(encode(text))), text);
});

test('a pane that does not read loses the oldest bytes, not the page its memory', async () => {
  const replay = new Replay(100);
  const stop = new AbortController();
  const reader = replay.follow(stop.signal)[Symbol.asyncIterator]();
  replay.add(encode('start'));
  assert.equal(decode((await reader.next()).value as Uint8Array), 'start');
  for (let i = 0; i < 500; i++) replay.add(encode(String(i % 10).repeat(10)));
  let got = '';
  for (let i = 0; i < 10; i++) got += decode((await reader.next()).value as Uint8Array);
  assert.equal(
    got,
    '0123456789'.replaceAll(/./g, digit => digit.repeat(10)),
  );
  stop.abort();
  assert.equal((await reader.next()).done, true);
});
