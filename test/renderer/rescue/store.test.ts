import assert from 'node:assert/strict';
import { test } from 'node:test';
import { usualLine } from '../../../preload/contract/serial.ts';
import {
  canOpen,
  emptyRescue,
  foldRescue,
  hasSpeed,
  isNetworked,
  lineOfWay,
  parts,
  partsOf,
  typedPort,
} from '../../../renderer/features/rescue/store.ts';
import type { RescueNews, RescueState } from '../../../renderer/features/rescue/store.ts';
import { node, nodes, sites } from '../../support/page/made-up.ts';
import { cable, detected } from '../../support/page/made-up-rescue.ts';

const summit = node(nodes.summit, sites.north, 'summit-1');
const begun: RescueNews = { is: 'node', node: summit, examined: false };
const overCable: RescueNews = { is: 'way', way: { is: 'port', port: cable } };
const found: RescueNews = { is: 'detected', detected };
const joined: RescueNews = { is: 'joined' };
const after = (...news: readonly RescueNews[]): RescueState => news.reduce(foldRescue, emptyRescue);
const openable = (state: RescueState): readonly string[] => parts.filter(part => canOpen(state, part));

test('the parts open one after the other', () => {
  assert.deepEqual(openable(after(begun)), ['cable']);
  assert.deepEqual(openable(after(begun, overCable)), ['cable', 'line']);
  assert.deepEqual(openable(after(begun, overCable, found)), ['cable', 'line']);
  assert.deepEqual(openable(after(begun, overCable, found, joined)), [
    'cable',
    'line',
    'console',
    'doctor',
    'back',
  ]);
  assert.deepEqual(openable(after(begun, overCable, found, joined, { is: 'examined' })), [...parts]);
});

test('over the network there is no line and no console, and no way back to take', () => {
  const state = after(begun, { is: 'way', way: { is: 'ssh' } });
  assert.deepEqual(partsOf(state), ['cable', 'doctor', 'remedy']);
  assert.equal(state.open, 'doctor');
  assert.deepEqual(openable(state), ['cable', 'doctor']);
});

test('another cable is another console: what was opened and pinned over the first does not hold for it', () => {
  const state = after(
    begun,
    overCable,
    found,
    joined,
    { is: 'pinned', pinned: ['ssh-ed25519 SHA256:x'] },
    {
      is: 'way',
      way: { is: 'port', port: '/dev/ttyS0' },
    },
  );
  assert.deepEqual([state.joined, state.pinned, lineOfWay(state)], [false, undefined, undefined]);
});

test('the same cable chosen again keeps its speed and its open console', () => {
  const state = after(begun, overCable, found, joined, overCable);
  assert.deepEqual([state.joined, lineOfWay(state)], [true, usualLine]);
});

test('a line on which nothing was found has no speed until one is set by hand', () => {
  const { settings: _, ...nothing } = detected;
  const state = after(begun, overCable, { is: 'detected', detected: nothing });
  assert.equal(lineOfWay(state), undefined);
  assert.deepEqual(state.detected[cable], nothing);
  const set = foldRescue(state, { is: 'line', port: cable, line: { ...usualLine, baud: 9600 } });
  assert.equal(lineOfWay(set)?.baud, 9600);
});

test('a node whose cable is known begins with it', () => {
  const known = { ...summit, cable: { port: cable, settings: { ...usualLine, baud: 57_600 } } };
  const state = after({ is: 'node', node: known, examined: false });
  assert.deepEqual(state.way, { is: 'port', port: cable });
  assert.equal(lineOfWay(state)?.baud, 57_600);
});

test('the node stays what it is while the screen is left and entered again; another one begins afresh', () => {
  const state = after(begun, overCable, found, joined);
  assert.equal(foldRescue(state, begun), state);
  const other = foldRescue(state, {
    is: 'node',
    node: node(nodes.hut, sites.north, 'hut-2'),
    examined: false,
  });
  assert.deepEqual([other.way, other.joined, other.open], [undefined, false, 'cable']);
});

test('an address of a console is taken when it is one', () => {
  for (const good of [
    'tcp://10.0.0.5:2000',
    'tcp://[fe80::1%eth0]:2000',
    'rfc2217://console-server.station.example:7001',
    'unix:/run/console.sock',
    ' /dev/ttyAMA0 ',
  ])
    assert.equal(typedPort(good), good.trim(), good);
  for (const bad of [
    '',
    '10.0.0.5',
    'tcp://10.0.0.5',
    'tcp://:2000',
    'tcp://h:0',
    'tcp://h:70000',
    'http://h:80',
    'unix:',
    'tcp://a b:1',
  ])
    assert.equal(typedPort(bad), undefined, bad);
});

test('only ports with a line of their own have a speed, and only a network port is overheard', () => {
  assert.deepEqual(
    [cable, 'tcp://h:1', 'rfc2217://h:1', 'unix:/s', 'practice:node-1'].map(port => [
      hasSpeed(port),
      isNetworked(port),
    ]),
    [
      [true, false],
      [false, true],
      [true, true],
      [false, false],
      [true, false],
    ],
  );
});
