import type { Series } from './openmetrics.ts';

/**
 * Prometheus remote write 1.0: a protocol buffer `WriteRequest`, in a Snappy block.
 * https://prometheus.io/docs/specs/prw/remote_write_spec/
 */
export const writeHeaders: Readonly<Record<string, string>> = {
  'content-type': 'application/x-protobuf',
  'content-encoding': 'snappy',
  'x-prometheus-remote-write-version': '0.1.0',
  'user-agent': 'Coldstart',
};

function varint(value: number | bigint): Buffer {
  const bytes: number[] = [];
  let left = BigInt.asUintN(64, BigInt(value));
  for (; left > 127n; left >>= 7n) bytes.push(Number(left & 127n) | 128);
  bytes.push(Number(left));
  return Buffer.from(bytes);
}

const [varintWire, doubleWire, bytesWire] = [0, 1, 2];
const tag = (field: number, wire: number): Buffer => varint((field << 3) | wire);
const message = (field: number, ...parts: readonly Buffer[]): Buffer => {
  const content = Buffer.concat(parts);
  return Buffer.concat([tag(field, bytesWire), varint(content.length), content]);
};
const text = (field: number, value: string): Buffer => message(field, Buffer.from(value));
const double = (field: number, value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([tag(field, doubleWire), bytes]);
};

/** `WriteRequest{ timeseries: [TimeSeries{ labels: [Label{name, value}], samples: [Sample{value, timestamp}] }] }` */
export const writeRequest = (series: readonly Series[]): Buffer =>
  Buffer.concat(
    series.map(({ labels, samples }) =>
      message(
        1,
        ...labels.map(([name, value]) => message(1, text(1, name), text(2, value))),
        ...samples.map(({ value, at }) => message(2, double(1, value), tag(2, varintWire), varint(at))),
      ),
    ),
  );

const mostLiteral = 65_536;

/** A Snappy block that is not made smaller: literals alone, which every reader takes. */
export function snappyBlock(plain: Uint8Array): Buffer {
  const parts: Buffer[] = [varint(plain.length)];
  for (let at = 0; at < plain.length; at += mostLiteral) {
    const part = Buffer.from(plain.subarray(at, at + mostLiteral));
    const head = Buffer.alloc(3);
    // Tag 61: a literal whose length, less one, stands in the next two bytes.
    head.writeUInt8(61 << 2, 0);
    head.writeUInt16LE(part.length - 1, 1);
    parts.push(head, part);
  }
  return Buffer.concat(parts);
}

/** Series in batches of at most so many samples; a long series is cut in pieces that follow each other. */
export function* batches(series: readonly Series[], most: number): Generator<readonly Series[]> {
  let batch: Series[] = [];
  let room = most;
  for (const { labels, samples } of series)
    for (let at = 0; at < samples.length;) {
      const part = samples.slice(at, at + room);
      batch.push({ labels, samples: part });
      at += part.length;
      room -= part.length;
      if (room > 0) continue;
      yield batch;
      [batch, room] = [[], most];
    }
  if (batch.length > 0) yield batch;
}
