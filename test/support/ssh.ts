import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { FieldError } from '../../preload/contract/failure.ts';
import type { Failure } from '../../preload/contract/failure.ts';
import { Secret } from '../../main/core/secret.ts';
import { sshLinks } from '../../main/links/ssh/links.ts';
import type { SshOptions } from '../../main/links/ssh/links.ts';
import { systemClock } from '../../main/machine/clock.ts';
import type { Link, Links, Sink, Source, Target } from '../../main/ports.ts';
import { startSshd, testFolder } from './sshd.ts';
import type { Sshd, SshdOptions } from './sshd.ts';

/** No test waits longer than this for a node. */
export const patience = (): AbortSignal => AbortSignal.timeout(30_000);

type Secrets = Partial<Record<'password' | 'passphrase' | 'sudo' | 'root', string>>;

/** A target that logs in to this server with its test key, unless told otherwise. */
export function targetOf(
  sshd: Sshd,
  changes: Partial<Omit<Target, 'secret'>> = {},
  secrets: Secrets = {},
): Target {
  return {
    name: 'node-1',
    address: '127.0.0.1',
    port: sshd.port,
    user: sshd.user,
    login: { is: 'key', path: sshd.key },
    ...changes,
    secret: kind => {
      const text = secrets[kind];
      return text === undefined ? undefined : new Secret(text);
    },
  };
}

/** Links with a home of their own that read nothing of the user. */
export async function lonelyLinks(
  t: TestContext,
  options: Partial<SshOptions> = {},
): Promise<Links & { readonly knownHosts: string }> {
  const knownHosts = join(await testFolder(t), 'known_hosts');
  const links = sshLinks({
    knownHostsFile: knownHosts,
    userSshFolder: undefined,
    clock: systemClock,
    ...options,
  });
  return { ...links, knownHosts };
}

/** Opens a link, trusting whatever host key an unknown node shows. */
export async function openTrusting(t: TestContext, links: Links, target: Target): Promise<Link> {
  const signal = patience();
  const first = await failureOf(links.open(target, signal));
  if (first?.code !== 'host-key-unknown')
    throw new Error(`expected an unknown host key, got ${JSON.stringify(first)}`);
  await links.trust(target, String(first.facts?.['fingerprint']), signal);
  const link = await links.open(target, signal);
  t.after(() => link.close());
  return link;
}

/** A server and an open link to it. */
export async function linkTo(
  t: TestContext,
  options: SshdOptions = {},
  secrets: Secrets = {},
): Promise<{ sshd: Sshd; link: Link }> {
  const sshd = await startSshd(t, options);
  const link = await openTrusting(t, await lonelyLinks(t), targetOf(sshd, {}, secrets));
  return { sshd, link };
}

/** The failure something ended with; undefined when it did not fail. Anything but a FieldError is thrown on. */
export async function failureOf(doing: Promise<unknown>): Promise<Failure | undefined> {
  try {
    await doing;
    return undefined;
  } catch (thrown) {
    if (thrown instanceof FieldError) return thrown.failure;
    throw thrown;
  }
}

/** Bytes in memory as a file to send. */
export const sourceOf = (bytes: Uint8Array): Source => ({
  bytes: bytes.length,
  read: async (offset, length) => bytes.subarray(offset, offset + length),
});

/** A file being fetched, in memory. */
export class MemorySink implements Sink {
  #bytes: Buffer;
  #length = 0;
  constructor(most: number) {
    this.#bytes = Buffer.alloc(most);
  }
  get held(): number {
    return this.#length;
  }
  get content(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }
  async read(offset: number, length: number): Promise<Uint8Array> {
    return this.content.subarray(offset, offset + length);
  }
  async append(bytes: Uint8Array): Promise<void> {
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }
  async truncate(bytes: number): Promise<void> {
    this.#length = bytes;
  }
}

/** Bytes that look random but are the same every time. */
export function noise(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  let x = seed;
  for (let i = 0; i + 4 <= length; i += 4) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    bytes.writeInt32LE(x | 0, i);
  }
  return bytes;
}

export const textOf = (path: string): Promise<string> => readFile(path, 'utf8');
