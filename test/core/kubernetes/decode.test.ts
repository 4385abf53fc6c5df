import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Wire } from '../../../main/core/etcd-snapshot/wire.ts';
import { envelopeOf } from '../../../main/core/kubernetes/envelope.ts';
import { kubeObject, storedObject } from '../../../main/core/kubernetes/object.ts';
import { knownKinds, messageNamed, messageOf } from '../../../main/core/kubernetes/schema.ts';
import type { Message } from '../../../main/core/kubernetes/schema.ts';
import { sampleOf, samples } from './samples.ts';

test('there are samples of every kind of the table', () => {
  assert.ok(samples.length > 400);
  assert.deepEqual([...new Set(samples.map(s => s.kind))].toSorted(), [...knownKinds()].toSorted());
});

for (const how of ['full', 'sparse', 'empty'] as const)
  test(`objects with ${how} fields are read as Kubernetes prints them`, () => {
    for (const sample of samples.filter(s => s.how === how)) {
      const read = storedObject(sample.stored);
      assert.ok(read.is === 'object', `${sample.kind}: ${'says' in read ? read.says : read.is}`);
      assert.deepEqual(read.unknown, [], sample.kind);
      assert.deepEqual(read.object, sample.prints, `${sample.kind} ${how}`);
    }
  });

test('every field of every message of the table was in one of the samples', () => {
  const seen = new Map<Message, Set<number>>();
  const walk = (message: Message, bytes: Buffer, from: number, to: number): void => {
    const numbers = seen.get(message) ?? new Set();
    seen.set(message, numbers);
    const wire = new Wire();
    wire.start(bytes, from, to);
    while (wire.next()) {
      numbers.add(wire.field);
      const field = message.byNumber.get(wire.field);
      if (field?.form !== 'message') continue;
      if (field.many !== 'map') walk(messageNamed(field.message), bytes, wire.from, wire.to);
      else entry(messageNamed(field.message), bytes, wire.from, wire.to);
    }
  };
  const entry = (message: Message, bytes: Buffer, from: number, to: number): void => {
    const wire = new Wire();
    wire.start(bytes, from, to);
    while (wire.next()) if (wire.field === 2) walk(message, bytes, wire.from, wire.to);
  };
  for (const { stored } of samples) {
    const at = envelopeOf(stored);
    assert.ok(at.is === 'protobuf');
    const message = messageOf(at.apiVersion, at.kind);
    assert.ok(message);
    walk(message, stored, at.from, at.to);
  }
  const missed = [...seen].flatMap(([message, numbers]) =>
    message.fields.filter(f => !numbers.has(f.number)).map(f => `${message.name}.${f.name}`),
  );
  assert.deepEqual(missed, []);
  assert.ok([...seen.keys()].length > 800);
});

test('a field that came after this app is left out and told', () => {
  const pod = sampleOf('v1 Pod').stored;
  const at = envelopeOf(pod);
  assert.ok(at.is === 'protobuf');
  // Field 3000 with the text "new", behind all others of the object.
  const field = Buffer.from('c2bb01036e6577', 'hex');
  const body = Buffer.concat([pod.subarray(at.from, at.to), field]);
  const read = storedObject(wrapped(at.apiVersion, at.kind, body));
  assert.ok(read.is === 'object');
  assert.deepEqual(read.unknown, ['field 3000']);
  assert.deepEqual(read.object, sampleOf('v1 Pod').prints);
});

const varint = (value: number): number[] =>
  value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
const bytesField = (number: number, bytes: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from([...varint((number << 3) | 2), ...varint(bytes.length)]), bytes]);
const wrapped = (apiVersion: string, kind: string, body: Uint8Array): Buffer =>
  Buffer.concat([
    Buffer.from('k8s\0'),
    bytesField(1, Buffer.concat([bytesField(1, Buffer.from(apiVersion)), bytesField(2, Buffer.from(kind))])),
    bytesField(2, body),
  ]);

test('a kind nobody knows is told by its name', () => {
  assert.deepEqual(storedObject(wrapped('future.k8s.io/v9', 'Teapot', bytesField(1, Buffer.alloc(0)))), {
    is: 'unread',
    says: 'This app does not know the kind Teapot of future.k8s.io/v9.',
  });
});

test('custom resources are read from JSON, numbers beyond 2^53 exactly', () => {
  const json =
    '{"apiVersion":"k3s.cattle.io/v1","kind":"Addon","metadata":{"name":"coredns"},"spec":{"big":9007199254740993,"__proto__":{"a":1}}}';
  const object = kubeObject('/registry/k3s.cattle.io/addons/kube-system/coredns', Buffer.from(json));
  assert.equal(object?.metadata.name, 'coredns');
  const spec = object?.['spec'] as Record<string, unknown>;
  assert.equal(spec['big'], 9007199254740993n);
  assert.deepEqual(Object.keys(spec), ['big', '__proto__']);
});

test('sealed values name their provider and nothing else of them', () => {
  for (const by of ['aescbc', 'secretbox', 'aesgcm', 'kms'])
    assert.deepEqual(storedObject(Buffer.from(`k8s:enc:${by}:v1:key:\x00\xff…`, 'latin1')), {
      is: 'sealed',
      by,
    });
});

test('what is no object of Kubernetes is told, not guessed', () => {
  const says = (value: string | Buffer): string => {
    const read = storedObject(Buffer.from(value));
    return read.is === 'unread' ? read.says : read.is;
  };
  assert.equal(says(''), 'It is empty.');
  assert.equal(says('hello'), 'It begins like nothing that Kubernetes writes.');
  assert.equal(says('{"a":'), 'It begins as JSON and is none.');
  assert.equal(says('{"a":1}'), 'It is JSON, but no object of Kubernetes.');
  assert.match(says(Buffer.from('d9d9f7a0', 'hex')), /CBOR/);
  assert.equal(says('k8s\0'), 'It does not say what kind it is.');
  assert.equal(says(Buffer.from('6b3873000aff', 'hex')), 'It is cut short or damaged.');
  assert.equal(kubeObject('/bootstrap/0123456789ab', Buffer.from('salt:abc')), undefined);
});

test('a value cut short at any byte is never read as something else, nor does it break the app', () => {
  const { stored, prints } = sampleOf('apps/v1 Deployment');
  for (let length = 0; length < stored.length; length++) {
    const read = storedObject(stored.subarray(0, length));
    // Two empty texts stand at the end of the envelope: without them it is still whole.
    if (length < stored.length - 4) assert.equal(read.is, 'unread', `${length} bytes`);
    else if (read.is === 'object') assert.deepEqual(read.object, prints);
  }
});

test('flipped bits and noise are read or told within a moment', () => {
  let seed = 20_261_123;
  const next = (below: number): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed % below;
  };
  const full = samples.filter(s => s.how === 'full');
  const began = performance.now();
  for (let i = 0; i < 20_000; i++) {
    const bytes = Buffer.from(full[next(full.length)]?.stored ?? []);
    for (let n = 1 + next(4); n > 0; n--) {
      const at = 4 + next(bytes.length - 4);
      bytes[at] = next(256);
    }
    assert.ok(['object', 'unread'].includes(storedObject(bytes).is));
  }
  assert.ok(performance.now() - began < 15_000);
});

test('a message that claims endless depth or parts is refused', () => {
  const schema = (inner: Buffer): Buffer => bytesField(28, inner);
  let deep: Buffer = Buffer.alloc(0);
  for (let i = 0; i < 400; i++) deep = schema(deep);
  const version = bytesField(7, bytesField(4, bytesField(1, deep)));
  const crd = storedObject(
    wrapped('apiextensions.k8s.io/v1', 'CustomResourceDefinition', bytesField(2, version)),
  );
  assert.deepEqual(crd, { is: 'unread', says: 'It is nested deeper than any object is.' });
  const containers = Buffer.alloc(1_000_000 * 2).fill(Buffer.from([0x12, 0x00]));
  assert.deepEqual(storedObject(wrapped('v1', 'Pod', bytesField(2, containers))), {
    is: 'unread',
    says: 'It has more parts than any object has.',
  });
});
