import assert from 'node:assert/strict';
import { test } from 'node:test';
import { networkOf } from '../../../main/core/lan/cidr.ts';
import { HeardSoFar } from '../../../main/services/scan/heard.ts';
import type { ScanPlan } from '../../../main/services/scan/plan.ts';
import { scan } from '../../../main/services/scan/scan.ts';
import { failureOf } from '../../../preload/contract/failure.ts';
import type { FieldError } from '../../../preload/contract/failure.ts';
import { pretendedLan } from '../../support/pretended-lan.ts';
import type { PretendedHost } from '../../support/pretended-lan.ts';
import { testClock } from '../../support/test-clock.ts';
import type { TestClock } from '../../support/test-clock.ts';

const key = (n: number) => ({
  hostKeys: [{ type: 'ssh-ed25519', fingerprint: `SHA256:${n}` }],
  banner: 'SSH-2.0-x',
});
const server = (n: number): PretendedHost => ({
  mac: `02:00:00:00:00:${n.toString(16).padStart(2, '0')}`,
  open: { 22: key(n), 6443: {} },
});
/** Thirty servers spread over a /24. */
const thirty = (): Map<string, PretendedHost> =>
  new Map(Array.from({ length: 30 }, (_, i) => [`10.0.1.${10 + i * 8}`, server(i)]));

const ports: ScanPlan['ports'] = [
  { port: 22, question: { is: 'ssh', keyTypes: ['ssh-ed25519'] } },
  { port: 6443, question: { is: 'tls', paths: ['/ping'] } },
];

const planOf = (more: Partial<ScanPlan> = {}, networks = ['10.0.1.0/24']): ScanPlan => ({
  networks: networks.map(networkOf),
  pace: 'fast',
  exclude: [],
  wires: [{ name: 'eth0', kind: 'cable', plugged: true, addresses: ['10.0.1.2/22', 'fe80::2/64'] }],
  known: [],
  knownKeys: new Set(),
  ports,
  sshPorts: new Map(),
  ...more,
});

/** Runs a scan in the time of a test clock, in steps of 25 ms; `at` may act at moments. */
async function scanned(
  lan: ReturnType<typeof pretendedLan>,
  clock: TestClock,
  plan: ScanPlan,
  at: (ms: number, stop: AbortController) => void = () => undefined,
) {
  const heard = new HeardSoFar(() => clock.now().toISOString());
  const failures: FieldError[] = [];
  const progress: number[] = [];
  const firstSeen = new Map<string, number>();
  const stop = new AbortController();
  const began = clock.monotonic();
  let isOver = false;
  const work = scan({
    senses: lan,
    clock,
    plan,
    heard,
    signal: stop.signal,
    tell: {
      heard: () => {
        for (const { address } of heard.sightings())
          if (!firstSeen.has(address)) firstSeen.set(address, clock.monotonic() - began);
      },
      progress: done => progress.push(done),
      trouble: failure => failures.push(failure),
    },
  }).finally(() => {
    isOver = true;
  });
  work.catch(() => undefined);
  for (let ms = 0; !isOver && ms < 200_000; ms += 25) {
    at(ms, stop);
    await clock.pass(25);
  }
  assert.ok(isOver, 'the scan ended');
  const outcome = await work.catch((thrown: unknown) => failureOf(thrown));
  return { heard, failures, progress, firstSeen, outcome, ms: clock.monotonic() - began };
}

const found = ({ heard }: { heard: HeardSoFar }, port: number): readonly string[] =>
  heard.sightings().flatMap(({ address, ports }) => (ports.get(port)?.is === 'open' ? [address] : []));

const inAnySecond = (moments: readonly number[]): number => {
  const sorted = moments.toSorted((a, b) => a - b);
  return Math.max(...sorted.map((from, i) => sorted.filter((at, k) => k >= i && at < from + 1000).length));
};

test('in a hurry a /24 is asked in about a second, with at most 256 unresolved addresses and 512 connections', async () => {
  const clock = testClock();
  const lan = pretendedLan(clock, thirty());
  const seen = await scanned(lan, clock, planOf());
  assert.equal(found(seen, 22).length, 30);
  assert.equal(found(seen, 6443).length, 30);
  assert.ok(Math.max(...seen.firstSeen.values()) < 300);
  assert.ok(lan.mostUnresolved <= 256 && lan.mostSockets <= 512, `${lan.mostUnresolved}, ${lan.mostSockets}`);
  assert.ok(seen.ms < 8000, String(seen.ms));
  assert.equal(lan.open, 0);
  assert.equal(lan.mostAtOneHost, 1);
});

test('in a hurry a /22 never has more than 256 unresolved addresses at once, and takes less than 15 s', async () => {
  const clock = testClock();
  const hosts = new Map(
    [...thirty()].map(([address, host], i) => [address.replace('10.0.1', `10.0.${i % 4}`), host]),
  );
  const lan = pretendedLan(clock, hosts);
  const seen = await scanned(lan, clock, planOf({}, ['10.0.0.0/22']));
  assert.equal(found(seen, 6443).length, 30);
  assert.ok(lan.mostUnresolved <= 256, String(lan.mostUnresolved));
  assert.ok(seen.ms < 15_000, String(seen.ms));
});

test('by default fewer than 15 ARP questions leave in any second, and known machines are seen within 5 s', async () => {
  const clock = testClock();
  const lan = pretendedLan(clock, thirty());
  const known = ['10.0.1.242', '10.0.1.234', '10.0.1.226', '10.0.1.9', '10.0.1.10'];
  const seen = await scanned(lan, clock, planOf({ pace: 'polite', known }));
  assert.equal(found(seen, 6443).length, 30);
  assert.ok(inAnySecond(lan.arp) < 15, String(inAnySecond(lan.arp)));
  for (const address of known.filter(each => each !== '10.0.1.9'))
    assert.ok((seen.firstSeen.get(address) ?? Infinity) < 5000, address);
  // The known one that is gone was asked twice.
  assert.equal(lan.asked.filter(each => each.address === '10.0.1.9').length, 2);
  assert.equal(lan.mostAtOneHost, 1);
  const last = seen.progress.at(-1);
  assert.ok(last !== undefined && last >= 253, String(last));
});

test('thirty known machines are seen within 5 s at the usual pace', async () => {
  const clock = testClock();
  const hosts = thirty();
  const lan = pretendedLan(clock, hosts);
  const seen = await scanned(lan, clock, planOf({ pace: 'polite', known: [...hosts.keys()] }));
  assert.ok(Math.max(...seen.firstSeen.values()) < 5000, String(Math.max(...seen.firstSeen.values())));
  assert.ok(inAnySecond(lan.arp) < 15, String(inAnySecond(lan.arp)));
});

test('a machine that drops everything is seen by its card, one that drops a port by the others', async () => {
  const clock = testClock();
  const lan = pretendedLan(
    clock,
    new Map([
      ['10.0.1.7', { mac: '02:00:00:00:07:00', drops: 'all' }],
      ['10.0.1.8', { ...server(8), drops: [22] }],
    ]),
  );
  const seen = await scanned(lan, clock, planOf());
  const all = new Map(seen.heard.sightings().map(each => [each.address, each]));
  assert.equal(all.get('10.0.1.7')?.mac, '02:00:00:00:07:00');
  assert.equal(all.get('10.0.1.7')?.ports.get(22)?.is, 'silent');
  assert.equal(all.get('10.0.1.8')?.ports.get(22)?.is, 'silent');
  assert.equal(all.get('10.0.1.8')?.ports.get(6443)?.is, 'open');
});

test('an entry of the neighbour table whose machine is gone is nobody', async () => {
  const clock = testClock();
  const lan = pretendedLan(clock, new Map([['10.0.1.8', server(8)]]));
  lan.stale.set('10.0.1.99', '02:00:00:00:00:99');
  const seen = await scanned(lan, clock, planOf());
  assert.deepEqual(
    seen.heard.sightings().map(each => each.address),
    ['10.0.1.8'],
  );
});

test('who comes up two seconds late is found by the second round', async () => {
  for (const from of [900, 2000, 3100]) {
    const clock = testClock();
    const lan = pretendedLan(clock, new Map([['10.0.1.8', { ...server(8), from }]]));
    const seen = await scanned(lan, clock, planOf());
    assert.deepEqual(found(seen, 6443), ['10.0.1.8'], `up after ${from} ms`);
  }
});

test('addresses that are left out get no packet at all, nor does the laptop itself', async () => {
  for (const pace of ['fast', 'polite'] as const) {
    const clock = testClock();
    const lan = pretendedLan(clock, thirty());
    const exclude = [networkOf('10.0.1.10'), networkOf('10.0.1.64/26')];
    await scanned(lan, clock, planOf({ pace, exclude, known: ['10.0.1.10'] }));
    const wrong = lan.asked.filter(
      ({ address }) =>
        address === '10.0.1.10' || address === '10.0.1.2' || Number(address.split('.')[3]) >> 6 === 1,
    );
    assert.deepEqual(wrong, []);
  }
});

test('a listening scan asks nobody, and goes on until it is stopped', async () => {
  const clock = testClock();
  const lan = pretendedLan(clock, thirty());
  const seen = await scanned(lan, clock, planOf({ pace: 'listen' }), (ms, stop) => {
    if (ms === 20_000) stop.abort();
  });
  assert.deepEqual(lan.asked, []);
  assert.ok('code' in seen.outcome && seen.outcome.code === 'cancelled');
});

test('a scan that is stopped leaves no connection open and keeps what it found', async () => {
  const clock = testClock();
  const lan = pretendedLan(clock, thirty());
  const seen = await scanned(lan, clock, planOf({ pace: 'polite' }), (ms, stop) => {
    if (ms === 15_000) stop.abort();
  });
  assert.ok('code' in seen.outcome && seen.outcome.code === 'cancelled');
  assert.equal(lan.open, 0);
  const some = found(seen, 6443).length;
  assert.ok(some > 2 && some < 30, String(some));
});

test('an interface that goes away is said once, ends the asking, and its network does not count as asked', async () => {
  const clock = testClock();
  const lan = pretendedLan(clock, thirty());
  const seen = await scanned(lan, clock, planOf({ pace: 'polite' }), ms => {
    if (ms === 12_000) lan.pulled = true;
  });
  assert.equal(seen.failures.length, 1);
  assert.match(seen.failures[0]?.failure.says ?? '', /eth0 went away/);
  assert.ok('asked' in seen.outcome);
  assert.deepEqual(seen.outcome.asked, []);
  assert.equal(seen.outcome.left.length, 1);
  assert.ok(seen.ms < 20_000, String(seen.ms));
});

test('a machine with only IPv6 is found; one with both is asked by its IPv4 address', async () => {
  const clock = testClock();
  const both = server(3);
  const lan = pretendedLan(
    clock,
    new Map([
      ['10.0.1.8', both],
      ['fe80::ff:fe00:3%eth0', both],
      ['fe80::77%eth0', server(7)],
    ]),
  );
  const seen = await scanned(lan, clock, planOf({}, ['10.0.1.0/24', 'fe80::/64%eth0']));
  assert.deepEqual(found(seen, 6443).toSorted(), ['10.0.1.8', 'fe80::77%eth0']);
});

test('a host whose first key nobody knows is asked for its other keys; a known one is not', async () => {
  const clock = testClock();
  const lan = pretendedLan(
    clock,
    new Map([
      ['10.0.1.8', server(8)],
      ['10.0.1.9', server(9)],
    ]),
  );
  await scanned(lan, clock, planOf({ knownKeys: new Set(['SHA256:9']) }));
  const ssh = (address: string) =>
    lan.asked.filter(each => each.address === address && each.how === 'ssh').length;
  assert.equal(ssh('10.0.1.8'), 2);
  assert.equal(ssh('10.0.1.9'), 1);
});
