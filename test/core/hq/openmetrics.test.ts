import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metricsIn } from '../../../main/core/hq/openmetrics.ts';
import { batches, snappyBlock, writeRequest } from '../../../main/core/hq/remote-write.ts';

test('OpenMetrics text: labels with escapes, special values, times in seconds, exemplars', () => {
  const { series, left } = metricsIn(
    [
      '# HELP up Whether it answers.',
      '# TYPE up gauge',
      'up 1 1770000000',
      'up 0 1769999940.25',
      'disk{path="/var/lib \\"k3s\\"",note="a\\\\b\\nc, {x} # y"} 1.5e3 1770000000',
      'latency_bucket{le="+Inf"} +Inf 1770000000 # {trace="t"} 0.5 1770000000',
      'broken NaN 1770000000',
      'no_time 1',
      'no sample at all here',
      'bad{label} 1 1770000000',
      '# EOF',
    ].join('\n'),
    { site: 'Dome C' },
  );
  assert.equal(left, 3);
  const named = Object.fromEntries(series.map(each => [new Map(each.labels).get('__name__'), each]));
  assert.deepEqual(named['up']?.samples, [
    { value: 0, at: 1769999940250 },
    { value: 1, at: 1770000000000 },
  ]);
  assert.deepEqual(named['up']?.labels, [
    ['__name__', 'up'],
    ['site', 'Dome C'],
  ]);
  assert.deepEqual(named['disk']?.labels.slice(1), [
    ['note', 'a\\b\nc, {x} # y'],
    ['path', '/var/lib "k3s"'],
    ['site', 'Dome C'],
  ]);
  assert.equal(named['latency_bucket']?.samples[0]?.value, Infinity);
  assert.ok(Number.isNaN(named['broken']?.samples[0]?.value));
});

test('a label the series has already is not written over', () => {
  const { series } = metricsIn('up{site="theirs"} 1 1', { site: 'ours' });
  assert.deepEqual(series[0]?.labels.at(-1), ['site', 'theirs']);
});

test('a write request is the protocol buffer the specification shows', () => {
  const made = writeRequest([
    {
      labels: [['__name__', 'up']],
      samples: [
        { value: 1, at: 300 },
        { value: -1, at: -1 },
      ],
    },
  ]);
  const label = `0a08${Buffer.from('__name__').toString('hex')}1202${Buffer.from('up').toString('hex')}`;
  const [one, two] = ['09000000000000f03f10ac02', '09000000000000f0bf10ffffffffffffffffff01'];
  const series = `0a0e${label}120c${one}1214${two}`;
  assert.equal(made.toString('hex'), `0a${(series.length / 2).toString(16)}${series}`);
});

test('a Snappy block of literals gives back what went in', () => {
  for (const bytes of [0, 1, 65_536, 65_537, 200_000]) {
    const plain = Buffer.alloc(bytes, 'metrics');
    const block = snappyBlock(plain);
    let [at, length, shift] = [0, 0, 0];
    for (; ; shift += 7) {
      const byte = block[at++] ?? 0;
      length += (byte & 127) * 2 ** shift;
      if (byte < 128) break;
    }
    const parts: Buffer[] = [];
    while (at < block.length) {
      assert.equal(block[at], 61 << 2);
      const part = block.readUInt16LE(at + 1) + 1;
      parts.push(block.subarray(at + 3, at + 3 + part));
      at += 3 + part;
    }
    assert.equal(length, bytes);
    assert.ok(Buffer.concat(parts).equals(plain));
  }
});

test('batches hold no more than they should, and nothing is lost between them', () => {
  const series = [3, 5, 1].map((count, i) => ({
    labels: [['__name__', `m${i}`]] as const,
    samples: Array.from({ length: count }, (_, n) => ({ value: n, at: n })),
  }));
  const all = [...batches(series, 4)];
  assert.deepEqual(
    all.map(batch => batch.reduce((sum, each) => sum + each.samples.length, 0)),
    [4, 4, 1],
  );
  assert.deepEqual(
    all
      .flat()
      .filter(each => each.labels[0]?.[1] === 'm1')
      .flatMap(each => each.samples.map(one => one.at)),
    [0, 1, 2, 3, 4],
  );
});
