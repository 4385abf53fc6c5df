import { Wire } from '../etcd-snapshot/wire.ts';

/** How a value was written by Kubernetes' API server. */
export type Envelope =
  | { readonly is: 'json' }
  | {
      readonly is: 'protobuf';
      readonly apiVersion: string;
      readonly kind: string;
      /** Where the object itself lies in the value. */
      readonly from: number;
      readonly to: number;
    }
  | { readonly is: 'sealed'; readonly by: string }
  | { readonly is: 'unknown'; readonly says: string };

const magic = Buffer.from('k8s\0', 'latin1');
const sealedHead = Buffer.from('k8s:enc:', 'latin1');
/** Custom resources where the feature CBORServingAndStorage was switched on; it is off unless asked for. */
const cborHead = Buffer.from([0xd9, 0xd9, 0xf7]);
const openBrace = 0x7b;

const startsWith = (value: Uint8Array, head: Uint8Array): boolean =>
  value.length >= head.length && Buffer.compare(value.subarray(0, head.length), head) === 0;

/** Looks at the first bytes of a value, and at what wraps it. */
export function envelopeOf(value: Uint8Array): Envelope {
  if (startsWith(value, magic)) return protobufEnvelope(value);
  if (value[0] === openBrace) return { is: 'json' };
  if (startsWith(value, sealedHead)) return { is: 'sealed', by: provider(value) };
  if (startsWith(value, cborHead))
    return { is: 'unknown', says: 'It is stored as CBOR, which this app cannot read.' };
  if (value.length === 0) return { is: 'unknown', says: 'It is empty.' };
  return { is: 'unknown', says: 'It begins like nothing that Kubernetes writes.' };
}

function provider(value: Uint8Array): string {
  const head = Buffer.from(value.subarray(sealedHead.length, sealedHead.length + 24)).toString('latin1');
  return /^([a-z0-9]+):/.exec(head)?.[1] ?? 'unknown';
}

const text = (value: Uint8Array, from: number, to: number): string =>
  Buffer.from(value.buffer, value.byteOffset + from, to - from).toString('utf8');

/** `runtime.Unknown`: 1 type (1 apiVersion, 2 kind), 2 the object, 3 its encoding, 4 its type of content. */
function protobufEnvelope(value: Uint8Array): Envelope {
  const wire = new Wire();
  let [apiVersion, kind, from, to] = ['', '', value.length, value.length];
  wire.start(value, magic.length, value.length);
  while (wire.next()) {
    if (wire.field === 1 && wire.isBytes) [apiVersion, kind] = typeMeta(value, wire.from, wire.to);
    if (wire.field === 2 && wire.isBytes) [from, to] = [wire.from, wire.to];
  }
  // Even an object without anything in it has metadata, so what wraps nothing was cut.
  const hasObject = from < to;
  if (!wire.sound || (kind !== '' && !hasObject))
    return { is: 'unknown', says: 'It is cut short or damaged.' };
  if (kind === '') return { is: 'unknown', says: 'It does not say what kind it is.' };
  return { is: 'protobuf', apiVersion, kind, from, to };
}

function typeMeta(value: Uint8Array, from: number, to: number): [apiVersion: string, kind: string] {
  const wire = new Wire();
  let [apiVersion, kind] = ['', ''];
  wire.start(value, from, to);
  while (wire.next()) {
    if (wire.field === 1 && wire.isBytes) apiVersion = text(value, wire.from, wire.to);
    if (wire.field === 2 && wire.isBytes) kind = text(value, wire.from, wire.to);
  }
  return [apiVersion, kind];
}
