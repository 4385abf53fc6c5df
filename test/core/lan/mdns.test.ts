import assert from 'node:assert/strict';
import test from 'node:test';
import { Announcements } from '../../../main/core/lan/mdns.ts';
import type { Heard, MdnsQuestion } from '../../../main/core/lan/mdns.ts';

const instance = 'node-7._ssh._tcp.local';
const ptr: Heard = { type: 'PTR', name: '_ssh._tcp.local', data: instance };
const srv: Heard = { type: 'SRV', name: instance, data: { target: 'node-7.local', port: 22 } };
const txt: Heard = { type: 'TXT', name: instance, data: ['k3s=yes'] };
const a: Heard = { type: 'A', name: 'node-7.local', data: '10.0.1.7' };
const aaaa: Heard = { type: 'AAAA', name: 'Node-7.local', data: 'fe80::7' };
const names = (next: readonly MdnsQuestion[]): string[] => next.map(({ type, name }) => `${type} ${name}`);
const whole = {
  wire: 'eth0',
  host: 'node-7',
  service: '_ssh._tcp',
  port: 22,
  texts: ['k3s=yes'],
  addresses: ['10.0.1.7', 'fe80::7%eth0'],
};

test('all in one packet is told once, and nothing needs to be asked', () => {
  const heard = new Announcements('eth0');
  assert.deepEqual(heard.hear([ptr, srv, txt, a, aaaa], '10.0.1.7'), { news: [whole], next: [] });
  assert.deepEqual(heard.hear([ptr, srv, txt, a, aaaa], '10.0.1.7'), { news: [], next: [] });
});

test('what is missing is asked, step by step and never twice', () => {
  const heard = new Announcements('eth0');
  assert.deepEqual(names(heard.hear([ptr], 'x').next), [`SRV ${instance}`, `TXT ${instance}`]);
  assert.deepEqual(names(heard.hear([ptr], 'x').next), []);
  assert.deepEqual(names(heard.hear([srv], 'x').next), ['A node-7.local', 'AAAA node-7.local']);
  assert.deepEqual(heard.hear([a], 'x').news, [{ ...whole, texts: [], addresses: ['10.0.1.7'] }]);
  assert.deepEqual(heard.hear([aaaa, txt], 'x').news, [whole]);
});

test('other services are found by asking which there are', () => {
  const every = '_services._dns-sd._udp.local';
  const other: Heard = { type: 'PTR', name: every, data: '_http._tcp.local' };
  const nonsense: Heard = { type: 'PTR', name: every, data: 'example.com' };
  assert.deepEqual(names(new Announcements('eth0').hear([other, nonsense], 'x').next), [
    'PTR _http._tcp.local',
  ]);
});

test('a name and its address without a service is told as such', () => {
  assert.deepEqual(new Announcements('eth0').hear([a], 'x').news, [
    { wire: 'eth0', host: 'node-7', service: '', addresses: ['10.0.1.7'], texts: [] },
  ]);
});

test('addresses that are nobody’s, and names outside of local, are not believed', () => {
  const heard = new Announcements('eth0');
  for (const data of ['127.0.0.1', '224.0.0.251', '0.0.0.0', 'x'])
    assert.deepEqual(heard.hear([{ type: 'A', name: 'node-7.local', data }], 'x').news, []);
  assert.deepEqual(heard.hear([{ type: 'A', name: 'example.com', data: '10.0.1.7' }], 'x').news, []);
});

test('hostile texts come out as short plain lines', () => {
  const evil: Heard = { type: 'TXT', name: instance, data: ['\u001b[31m\u202e<b>\u0007'.repeat(500)] };
  const [news] = new Announcements('eth0').hear([srv, evil, a], 'x').news;
  assert.ok((news?.texts[0]?.length ?? 999) <= 200);
  assert.doesNotMatch(news?.texts[0] ?? '', /[\p{Cc}\u202e]/u);
});

test('a flood fills what is set aside for its sender and no more', () => {
  const heard = new Announcements('eth0');
  const ghost = (i: number, sender: string): number =>
    heard.hear([{ type: 'A', name: `ghost-${i}.local`, data: `10.1.${i % 250}.9` }], sender).news.length;
  let told = 0;
  for (let i = 0; i < 3000; i++) told += ghost(i, 'flood');
  assert.equal(told, 512);
  assert.equal(heard.hear([srv, txt, a], '10.0.1.7').news.length, 1);
  for (let i = 0; i < 20_000; i++) told += ghost(10_000 + i, `flood-${i}`);
  assert.ok(told <= 4096);
});

test('who changes its mind without end is told a few times', () => {
  const heard = new Announcements('eth0');
  heard.hear([srv, a], 'x');
  let told = 0;
  for (let i = 0; i < 500; i++) told += heard.hear([{ ...txt, data: [String(i)] }], 'x').news.length;
  assert.ok(told < 20);
});
