import { Decoder, Unreadable } from './decode.ts';
import { envelopeOf } from './envelope.ts';
import { jsonOf } from './json.ts';
import type { Json, JsonObject } from './json.ts';
import { messageOf } from './schema.ts';

/** What every object of Kubernetes says of itself. What is absent was not written. */
export interface ObjectMeta extends JsonObject {
  readonly name?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  /** RFC 3339, to the second. */
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** One object as Kubernetes' API prints it. `spec`, `status` and the like are as the cluster wrote them: look before use. */
export interface KubeObject extends JsonObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

/** What lies under one key of etcd. */
export type Stored =
  | {
      readonly is: 'object';
      readonly object: KubeObject;
      /** Paths of fields that this app does not know; they are left out of `object`. */
      readonly unknown: readonly string[];
    }
  /** Sealed by Kubernetes' encryption; `by` is its provider, such as `aescbc`. */
  | { readonly is: 'sealed'; readonly by: string }
  /** An object that could not be read; `says` is a plain sentence why. */
  | { readonly is: 'unread'; readonly says: string };

/** Reads a value as Kubernetes' API server wrote it. Never throws; keeps nothing of `value`. */
export function storedObject(value: Uint8Array): Stored {
  const envelope = envelopeOf(value);
  switch (envelope.is) {
    case 'json':
      return fromJson(value);
    case 'protobuf':
      return fromProtobuf(value, envelope);
    case 'sealed':
      return envelope;
    case 'unknown':
      return { is: 'unread', says: envelope.says };
    default:
      return envelope satisfies never;
  }
}

/** The object under a key of etcd. Nothing for K3s' and etcd's own keys, for what is sealed, and for what cannot be read. */
export function kubeObject(key: string, value: Uint8Array): KubeObject | undefined {
  if (!key.startsWith('/registry/')) return undefined;
  const stored = storedObject(value);
  return stored.is === 'object' ? stored.object : undefined;
}

function fromJson(value: Uint8Array): Stored {
  const json = jsonOf(value);
  if (!isObject(json)) return { is: 'unread', says: 'It begins as JSON and is none.' };
  const { apiVersion, kind, metadata } = json;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || !isObject(metadata))
    return { is: 'unread', says: 'It is JSON, but no object of Kubernetes.' };
  return { is: 'object', object: { ...json, apiVersion, kind, metadata }, unknown: [] };
}

function fromProtobuf(
  value: Uint8Array,
  { apiVersion, kind, from, to }: { apiVersion: string; kind: string; from: number; to: number },
): Stored {
  const message = messageOf(apiVersion, kind);
  if (!message) return { is: 'unread', says: `This app does not know the kind ${kind} of ${apiVersion}.` };
  const decoder = new Decoder(value);
  try {
    const fields = decoder.read(message, from, to);
    const { metadata } = fields;
    const object = { ...fields, apiVersion, kind, metadata: isObject(metadata) ? metadata : {} };
    return { is: 'object', object, unknown: decoder.unknown };
  } catch (thrown) {
    if (thrown instanceof Unreadable) return { is: 'unread', says: thrown.message };
    throw thrown;
  }
}

/** Whether a value is an object with fields. */
export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
