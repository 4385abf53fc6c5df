import assert from 'node:assert/strict';
import { test } from 'node:test';
import { watchPorts } from '../../../../main/links/serial/ports/watch.ts';
import type { PortNews } from '../../../../main/links/serial/ports/watch.ts';
import type { SerialPort } from '../../../../preload/contract/serial.ts';
import { testClock } from '../../../support/test-clock.ts';

const usb = (device: string, port = device): SerialPort => ({
  port,
  device,
  kind: 'usb',
  title: device,
  standing: { is: 'free' },
});
const socket: SerialPort = { ...usb(''), port: 'tcp://a:1', kind: 'tcp' };

function watched(names: (() => string) | undefined) {
  const clock = testClock();
  const state = { ports: [usb('/dev/ttyUSB0'), socket], lists: 0, fails: false };
  const news: string[] = [];
  const stop = watchPorts(
    {
      clock,
      names: names ?? (() => state.ports.map(one => one.device).join(' ')),
      list: () => {
        state.lists += 1;
        return state.fails ? Promise.reject(new Error('busy')) : Promise.resolve(state.ports);
      },
    },
    ({ plugged, unplugged }: PortNews) =>
      news.push([...plugged.map(one => `+${one.port}`), ...unplugged.map(one => `-${one.port}`)].join(' ')),
  );
  return { clock, state, news, stop };
}

test('what is plugged in and pulled is told within two seconds; what was there is no news', async () => {
  const { clock, state, news, stop } = watched(undefined);
  await clock.pass(0);
  await clock.pass(1500);
  assert.deepEqual(news, []);
  state.ports = [...state.ports, usb('/dev/ttyUSB1')];
  await clock.pass(1500);
  assert.deepEqual(news, ['+/dev/ttyUSB1']);
  state.ports = [socket];
  await clock.pass(1500);
  assert.deepEqual(news.slice(1), ['-/dev/ttyUSB0 -/dev/ttyUSB1']);
  stop();
  state.ports = [usb('/dev/ttyUSB9')];
  await clock.pass(3000);
  assert.equal(news.length, 2);
});

test('an adapter that gets its stable name a moment later is told under it', async () => {
  const { clock, state, news, stop } = watched(undefined);
  await clock.pass(0);
  await clock.pass(1500);
  state.ports = [usb('/dev/ttyUSB0'), usb('/dev/ttyUSB1')];
  await clock.pass(1500);
  state.ports = [usb('/dev/ttyUSB0'), usb('/dev/ttyUSB1', '/dev/serial/by-id/usb-x')];
  await clock.pass(1500);
  assert.deepEqual(news, ['+/dev/ttyUSB1', '+/dev/serial/by-id/usb-x -/dev/ttyUSB1']);
  stop();
});

test('while nothing changes the ports themselves are left alone', async () => {
  const { clock, state, stop } = watched(() => 'ttyUSB0');
  await clock.pass(0);
  for (let i = 0; i < 10; i += 1) await clock.pass(1500);
  assert.equal(state.lists, 2);
  stop();
});

test('a list that fails once is no unplugged port', async () => {
  let turn = 0;
  const { clock, state, news, stop } = watched(() => String((turn += 1)));
  await clock.pass(0);
  await clock.pass(1500);
  state.fails = true;
  await clock.pass(1500);
  state.fails = false;
  await clock.pass(1500);
  assert.deepEqual(news, []);
  stop();
});
