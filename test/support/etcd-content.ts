import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import type { Etcd } from './etcd.ts';
import type { Random } from './mutations.ts';

const base64 = (text: string | Uint8Array): string => Buffer.from(text).toString('base64');

const kinds = [
  'pods',
  'events',
  'secrets',
  'configmaps',
  'leases/kube-node-lease',
  'endpointslices',
] as const;
const keyOf = (n: number): string => `/registry/${kinds[n % kinds.length]}/ns-${n % 7}/object-${n}`;

export interface Content {
  readonly objects: number;
  readonly valueBytes: number;
  /** Writes over, and now and then deletes of, what is there. */
  readonly changes: number;
}

type Operation = Record<string, Record<string, unknown>>;

/** Writes as many objects as told, in transactions of 100, then changes some: what K3s leaves in its etcd after some weeks. */
export async function fill(
  etcd: Etcd,
  { objects, valueBytes, changes }: Content,
  random: Random,
): Promise<void> {
  const noise = randomBytes(valueBytes * 2);
  const value = (): string => {
    const bytes = Math.floor(valueBytes * 0.3) + random(Math.ceil(valueBytes * 1.4));
    return base64(Buffer.concat([Buffer.from('k8s\0'), noise.subarray(random(valueBytes * 0.2), bytes)]));
  };
  let [waiting, keys]: [Operation[], Set<string>] = [[], new Set()];
  const flush = async (): Promise<void> => {
    if (waiting.length > 0) await etcd.post('/v3/kv/txn', { success: waiting });
    [waiting, keys] = [[], new Set()];
  };
  for (let n = 0; n < objects + changes; n++) {
    const key = base64(keyOf(n < objects ? n : random(objects)));
    // etcd refuses a transaction that writes one key twice.
    if (keys.has(key)) await flush();
    keys.add(key);
    waiting.push(
      n >= objects && n % 9 === 0
        ? { request_delete_range: { key } }
        : { request_put: { key, value: value() } },
    );
    if (waiting.length === 100) await flush();
  }
  await flush();
}

/** One key as etcd itself gives it, for comparing. */
export interface Told {
  readonly key: string;
  readonly value: string;
  readonly createRevision: number;
  readonly modRevision: number;
  readonly version: number;
  readonly lease: string;
}

/** All keys of an etcd that runs, in order. */
export async function allKeys(etcd: Etcd): Promise<readonly Told[]> {
  const { kvs = [] } = (await etcd.post('/v3/kv/range', {
    key: base64('\0'),
    range_end: base64('\0'),
  })) as { kvs?: readonly Record<string, string>[] };
  return kvs.map(kv => ({
    key: kv['key'] ?? '',
    value: kv['value'] ?? '',
    createRevision: Number(kv['create_revision']),
    modRevision: Number(kv['mod_revision']),
    version: Number(kv['version']),
    lease: kv['lease'] ?? '0',
  }));
}

/** Debian's etcdctl with the third version of its interface; gives what it printed. */
export async function etcdctl(...words: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('etcdctl', words, {
    env: { ...process.env, ETCDCTL_API: '3' },
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout.trim();
}
