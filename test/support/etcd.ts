import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { folder } from './folder.ts';
import { freePort } from './sshd.ts';

const sleep = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));

interface Member {
  readonly name: string;
  readonly client: string;
  readonly peer: string;
}

/** One real etcd of a test: started and killed at will, its log as text. */
export class Etcd {
  readonly data: string;
  readonly #member: Member;
  readonly #cluster: string;
  readonly #more: readonly string[];
  #process: ChildProcess | undefined;
  #log = '';

  constructor(data: string, member: Member, cluster: string, more: readonly string[]) {
    this.data = data;
    this.#member = member;
    this.#cluster = cluster;
    this.#more = more;
  }

  /** What it printed since it was started last. */
  get log(): string {
    return this.#log;
  }

  start(logger: 'zap' | 'capnslog' = 'zap'): void {
    const { name, client, peer } = this.#member;
    this.#log = '';
    const flags = {
      'data-dir': this.data,
      name,
      logger,
      'listen-client-urls': client,
      'advertise-client-urls': client,
      'listen-peer-urls': peer,
      'initial-advertise-peer-urls': peer,
      'initial-cluster': this.#cluster,
    };
    const words = Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`);
    const process = spawn('etcd', [...words, '--unsafe-no-fsync', ...this.#more]);
    const take = (bytes: Buffer): void => {
      this.#log += bytes.toString();
    };
    process.stdout.on('data', take);
    process.stderr.on('data', take);
    this.#process = process;
  }

  /** Waits until its log holds what is meant; throws with the log after ten seconds. */
  async until(wanted: RegExp, seconds = 10): Promise<void> {
    for (let n = 0; n < seconds * 20; n++) {
      if (wanted.test(this.#log)) return;
      await sleep(50);
    }
    throw new Error(`etcd never said ${String(wanted)}:\n${this.#log.slice(-4000)}`);
  }

  /** Ends it as a power cut would. */
  async kill(): Promise<void> {
    const process = this.#process;
    this.#process = undefined;
    if (!process || process.exitCode !== null || process.signalCode !== null) return;
    process.kill('SIGKILL');
    await once(process, 'close');
  }

  async get(path: string): Promise<string> {
    return await (await fetch(`${this.#member.client}${path}`)).text();
  }

  /** Where its clients reach it. */
  get client(): string {
    return this.#member.client;
  }

  /** One request of the JSON gateway; throws what etcd says when it refuses. */
  async post(path: string, body: unknown): Promise<Record<string, unknown>> {
    const reply = await fetch(`${this.#member.client}${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    const said = await reply.text();
    if (!reply.ok) throw new Error(`${path}: ${said}`);
    return JSON.parse(said) as Record<string, unknown>;
  }

  /** Writes so many keys; gives the last answer. */
  async put(keys: number, bytes = 600): Promise<string> {
    let last = '';
    const value = Buffer.alloc(bytes, 97).toString('base64');
    for (let n = 0; n < keys; n++) {
      const body = JSON.stringify({ key: Buffer.from(`key-${n}`).toString('base64'), value });
      last = await (await fetch(`${this.#member.client}/v3/kv/put`, { method: 'POST', body })).text();
    }
    return last;
  }

  /** The one file of its log, and how many bytes of it are used; the rest is room. */
  wal(): { readonly path: string; readonly used: number } {
    const folder = join(this.data, 'member/wal');
    const path = join(folder, readdirSync(folder).find(name => name.endsWith('.wal')) ?? '');
    const bytes = readFileSync(path);
    let used = bytes.length;
    while (used > 0 && bytes[used - 1] === 0) used -= 1;
    return { path, used };
  }
}

/** Writes bytes into the middle of a file. */
export function spoil(path: string, at: number, bytes: Uint8Array): void {
  const file = openSync(path, 'r+');
  writeSync(file, bytes, 0, bytes.length, at);
  closeSync(file);
}

/** Members of one cluster, not started yet; killed when the test ends. */
export async function etcds(
  t: TestContext,
  count: number,
  ...more: readonly string[]
): Promise<readonly Etcd[]> {
  const members: Member[] = [];
  for (let n = 0; n < count; n++)
    members.push({
      name: `cp${n + 1}`,
      client: `http://127.0.0.1:${await freePort()}`,
      peer: `http://127.0.0.1:${await freePort()}`,
    });
  const cluster = members.map(({ name, peer }) => `${name}=${peer}`).join(',');
  const base = folder(t);
  const all = members.map(member => new Etcd(join(base, member.name), member, cluster, more));
  t.after(async () => {
    for (const one of all) await one.kill();
  });
  return all;
}
