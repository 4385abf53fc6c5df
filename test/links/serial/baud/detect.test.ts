import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { baudDetection } from '../../../../main/links/serial/baud/detect.ts';
import { serialPorts } from '../../../../main/links/serial/ports/ports.ts';
import { systemClock } from '../../../../main/machine/clock.ts';
import type { Progress } from '../../../../preload/contract/domain.ts';
import { FieldError } from '../../../../preload/contract/failure.ts';
import { bauds, usualLine } from '../../../../preload/contract/serial.ts';
import { needs } from '../../../support/needs.ts';
import { ptyPair } from '../../../support/pty-pair.ts';
import { Getty, LineModel, Talker } from './line-model.ts';
import type { Far } from './line-model.ts';
import { boot } from './texts.ts';
import type { OnError } from './waveform.ts';

const never = new AbortController().signal;
const detect = (line: LineModel, signal = never) => baudDetection({ clock: line })(line, { signal });
const onErrors: readonly OnError[] = ['zero', 'raw', 'drop'];
const failure = (code: string) => (thrown: unknown) =>
  thrown instanceof FieldError && thrown.failure.code === code;

/** The promise made to the technician: seconds on a silent login prompt. */
const mostSeconds = (baud: number): number => (baud >= 115_200 ? 15 : 45);

for (const onError of onErrors) {
  test(`a talking line is right within 8 s at every speed, and nothing is sent (errors: ${onError})`, async () => {
    for (const baud of bauds) {
      const line = new LineModel(new Talker(baud, boot), { onError });
      const found = await detect(line);
      assert.equal(found.settings?.baud, baud, `${baud}: ${found.says}`);
      assert.equal(found.by, 'talking');
      assert.ok(found.seconds < 8, `${baud} took ${found.seconds} s`);
      assert.deepEqual(line.sent, []);
    }
  });

  test(`a silent login prompt is found at every speed in time, without a BREAK (errors: ${onError})`, async () => {
    for (const baud of bauds) {
      const getty = new Getty([baud]);
      const line = new LineModel(getty, { onError });
      const found = await detect(line);
      assert.equal(found.settings?.baud, baud, `${baud}: ${found.says}`);
      assert.equal(found.by, 'answered');
      assert.match(found.saw, /(login|Password): $/);
      assert.ok(found.seconds < mostSeconds(baud), `${baud} took ${found.seconds} s`);
      assert.deepEqual([getty.breaks, getty.sysrqs], [0, 0], `${baud}`);
    }
  });
}

test('every try is one carriage return, from the fastest to the slowest, slow ones after five seconds of silence', async () => {
  const line = new LineModel(new Getty([300]));
  const found = await detect(line);
  assert.equal(found.settings, undefined);
  assert.match(found.says, /nothing answered/);
  assert.ok(line.sent.every(one => one.byte === 0x0d));
  const order = [...bauds].sort((a, b) => b - a);
  assert.deepEqual(
    line.sent.map(one => one.baud),
    [...order, ...order],
  );
  for (const [i, { baud, at }] of line.sent.entries())
    if (baud < 115_200) assert.ok(at - (line.sent[i - 1]?.at ?? -Infinity) > 5000, `${baud} at ${at}`);
  assert.ok((line.sent[0]?.at ?? 0) >= bauds.length * 2 * 250, 'all speeds are listened to first');
});

test('a getty that changes its speed on a BREAK is found at the speed it has, and not moved', async () => {
  for (const baud of bauds) {
    const others = bauds.filter(one => one !== baud);
    const getty = new Getty([baud, ...others]);
    const found = await detect(new LineModel(getty));
    assert.equal(found.settings?.baud, baud);
    assert.equal(getty.baud, baud);
    assert.deepEqual([getty.breaks, getty.sysrqs], [0, 0]);
  }
});

test('a missed answer does not end in a SysRq command, and the second round finds it', async () => {
  // The first carriage return at the right speed is not answered; every slower one is a BREAK to this getty.
  for (const baud of bauds) {
    const getty = new Getty([baud]);
    let missed = false;
    const deaf: Far = {
      baud,
      hears: (bytes, broke, now) => {
        const answer = getty.hears(bytes, broke, now);
        if (missed || !/login|Password/.test(answer)) return missed ? answer : '';
        missed = true;
        return '';
      },
    };
    const found = await detect(new LineModel(deaf));
    assert.equal(found.settings?.baud, baud, `${baud}: ${found.says}`);
    assert.equal(getty.sysrqs, 0, `${baud}`);
  }
});

test('boot output with pauses is read at its speed in time and never spoken into', async () => {
  for (const onError of onErrors)
    for (const baud of bauds)
      for (const everyMs of [200, 700, 1000, 3000]) {
        const talker = new Talker(baud, boot, { everyMs });
        const line = new LineModel(talker, { onError });
        const found = await detect(line);
        const about = `${baud}, a line each ${everyMs} ms, errors: ${onError}: ${found.says} ${found.seconds} s`;
        assert.equal(found.settings?.baud, baud, about);
        assert.ok(found.seconds < (everyMs <= 1000 ? 8 : 20), about);
        assert.deepEqual(line.sent, [], about);
        assert.deepEqual(talker.heard, [], about);
      }
});

test('a line that is readable at no speed is not spoken into while it talks', async () => {
  const talker = new Talker(74_880, boot, { everyMs: 300 });
  const line = new LineModel(talker);
  const found = await detect(line);
  assert.equal(found.settings, undefined);
  assert.match(found.says, /readable at no usual speed/);
  assert.deepEqual(line.sent, []);
  assert.deepEqual(line.settings, usualLine);
});

test('where a boot loader or a question was read, nothing is sent', async () => {
  for (const phrase of ['Login incorrect\r\n', 'grub> ', 'Hit any key to stop autoboot:  3 ', 'Fix<y>? '])
    for (const baud of [9600, 57_600, 115_200]) {
      const line = new LineModel(new Talker(baud, phrase, { everyMs: 400, untilMs: 20_000 }));
      const found = await detect(line);
      assert.equal(found.settings?.baud, baud, `${phrase} at ${baud}: ${found.says}`);
      assert.deepEqual(line.sent, [], `${phrase} at ${baud}`);
    }
});

test('noise on the line does not hide the speed', async () => {
  for (const baud of bauds)
    for (const seed of [1, 2, 3]) {
      const talking = await detect(new LineModel(new Talker(baud, boot), { noise: 0.0005, seed }));
      assert.equal(talking.settings?.baud, baud, `talking at ${baud}, seed ${seed}: ${talking.says}`);
      const getty = new Getty([baud]);
      const silent = await detect(new LineModel(getty, { noise: 0.0005, seed }));
      assert.equal(silent.settings?.baud, baud, `silent at ${baud}, seed ${seed}: ${silent.says}`);
    }
});

test('seven bits with even parity are told, talking and silent', async () => {
  const talking = await detect(new LineModel(new Talker(9600, boot, { parity: 'even' })));
  assert.deepEqual(talking.settings, { ...usualLine, baud: 9600, dataBits: 7, parity: 'even' });
  assert.match(talking.says, /seven bits with even parity/);
  const silent = await detect(new LineModel(new Getty([19_200], 'even')));
  assert.deepEqual(silent.settings, { ...usualLine, baud: 19_200, dataBits: 7, parity: 'even' });
});

test('a loop is told from a console', async () => {
  class Loop implements Far {
    baud = 9600;
    hears(bytes: readonly number[]): string {
      return String.fromCharCode(...bytes);
    }
  }
  const loop = new Loop();
  const line = new LineModel(loop);
  const set = line.set.bind(line);
  // A loop has no speed of its own: it gives back at the speed it hears.
  line.set = settings => {
    loop.baud = settings.baud;
    return set(settings);
  };
  const found = await detect(line);
  assert.equal(found.settings, undefined);
  assert.match(found.says, /transmit and receive are connected to each other/);
});

test('an adapter that cannot do a speed is asked for the others', async () => {
  const line = new LineModel(new Getty([57_600]));
  line.refuses = [1_500_000, 921_600];
  assert.equal((await detect(line)).settings?.baud, 57_600);
});

test('progress is told, a stop ends it at once, and the line is as before', async () => {
  const line = new LineModel(new Getty([9600]));
  const told: Progress[] = [];
  const stop = new AbortController();
  await assert.rejects(
    baudDetection({ clock: line })(line, {
      signal: stop.signal,
      onProgress: progress => {
        told.push(progress);
        if (told.length === 25) stop.abort();
      },
    }),
    failure('cancelled'),
  );
  assert.equal(told.length, 25);
  assert.ok(told.every(one => one.done < (one.total ?? 0)));
  assert.match(told[0]?.what ?? '', /^Listening at 115200 bits per second/);
  assert.deepEqual(line.settings, usualLine);
});

test('an adapter that is pulled meanwhile ends the search', async () => {
  const line = new LineModel(new Getty([9600]));
  line.pull();
  await assert.rejects(detect(line), failure('gone-away'));
});

suite('on a port without a speed', needs('socat'), () => {
  test('what is there is found by listening and one carriage return', async t => {
    const pair = await ptyPair(t);
    const ports = serialPorts({ clock: systemClock });
    const near = await ports.open(pair.a, usualLine, never);
    const far = await ports.open(pair.b, usualLine, never);
    t.after(async () => {
      await near.close();
      await far.close();
    });
    const got: number[] = [];
    far.hear(bytes => {
      got.push(...bytes);
      void far.send(Buffer.from('\r\nnode-1 login: '));
    });
    const found = await baudDetection({ clock: systemClock })(near, { signal: never });
    assert.deepEqual(got, [0x0d]);
    assert.equal(found.by, 'answered');
    assert.deepEqual(found.settings, usualLine);
    assert.equal(found.saw, 'node-1 login: ');
  });
});
