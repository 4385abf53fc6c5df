import { Encrypter } from 'age-encryption';
import { createHash, randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { HqReceived, ReceivedBag } from '../../preload/contract/supply/hq.ts';
import type { Progress, World } from '../../preload/contract/domain.ts';
import { bagSignature, tagFiles } from '../../main/core/bagit.ts';
import type { BagFile } from '../../main/core/bagit.ts';
import { signed } from '../../main/core/minisign.ts';
import type { SecretKey } from '../../main/core/minisign.ts';
import { fullToken } from '../../main/core/server-token.ts';
import type { Secret } from '../../main/core/secret.ts';
import { bagName } from '../../main/core/stick-names.ts';
import { systemChance } from '../../main/machine/chance.ts';
import { systemClock } from '../../main/machine/clock.ts';
import { localFiles } from '../../main/machine/files.ts';
import { work } from '../../main/machine/work.ts';
import type { HqDeps } from '../../main/services/hq/deps.ts';
import { hqService } from '../../main/services/hq/service.ts';
import { ageKey } from './age-key.ts';
import { k3sSnapshot, newPassword, testCa } from './k3s-content.ts';
import { minisignKey } from './minisign-key.ts';

const sha = (bytes: Uint8Array | string, how = 'sha256'): string =>
  createHash(how).update(bytes).digest('hex');

/** A site with one K3s server, as its bags show it. */
export interface BagSite {
  readonly id: string;
  readonly name: string;
  readonly token: string;
  readonly caHash: string;
  readonly snapshot: Buffer;
}

export async function bagSite(name = 'Halley VI'): Promise<BagSite> {
  const [ca, password] = [await testCa(name), newPassword()];
  const caHash = sha(ca);
  return {
    id: randomUUID(),
    name,
    caHash,
    token: fullToken(caHash, password),
    snapshot: k3sSnapshot({ password, ca }),
  };
}

export interface BagOptions {
  readonly site: BagSite;
  readonly to: string;
  readonly recipients: readonly string[];
  readonly signer?: SecretKey | undefined;
  /** In bag-info.txt; by default the signer's. */
  readonly laptop?: string;
  readonly counter?: number;
  readonly previous?: string;
  readonly world?: World;
  readonly exportId?: string;
  readonly at?: Date;
  readonly clockDoubtful?: boolean;
  /** By the name in the bag: `<id>.db` or `<id>.zip`. */
  readonly snapshots?: Readonly<Record<string, Buffer>>;
  readonly withoutToken?: boolean;
  /** Sealed files beside, by their path below `data/`, without `.age`. */
  readonly more?: Readonly<Record<string, string | Buffer>>;
  /** What the inventory says instead. */
  readonly inventory?: object;
  readonly name?: string;
  /** Contents that many bags share: each is sealed once, and linked into the bags after. */
  readonly sealedOnce?: Map<string | Buffer, SealedOnce>;
}

interface SealedOnce extends BagFile {
  readonly at: string;
  readonly plain: string;
}

export interface MadeBag {
  readonly path: string;
  readonly exportId: string;
  readonly tagmanifestSha256: string;
}

const seal = async (plain: string | Buffer, recipients: readonly string[]): Promise<Uint8Array> => {
  const age = new Encrypter();
  for (const each of recipients) age.addRecipient(each);
  return age.encrypt(plain);
};

/** Writes a bag as a site would, sealed with age and signed like minisign. */
export async function makeBag(options: BagOptions): Promise<MadeBag> {
  const { site, to, recipients, signer, counter = 1, world = 'real', exportId = randomUUID() } = options;
  const at = options.at ?? new Date('2026-02-03T04:05:06.000Z');
  const snapshots = options.snapshots ?? { [`${randomUUID()}.db`]: site.snapshot };
  const folder = join(to, options.name ?? bagName(site.id, new Date(at.getTime() + counter * 1000)));
  const plain: (readonly [path: string, content: string | Buffer])[] = [
    ...Object.entries(snapshots).map(([name, bytes]) => [`snapshots/${name}`, bytes] as const),
    [
      'config/server-tokens.json',
      JSON.stringify({
        format: 1,
        site: site.id,
        tokens: options.withoutToken === true ? [] : [{ token: site.token }],
      }),
    ],
    ...Object.entries(options.more ?? {}),
  ];
  const listed = plain.map(([path, content]) => ({
    path: `data/${path}.age`,
    what: 'config',
    bytes: content.length,
    sha256: options.sealedOnce?.get(content)?.plain ?? sha(content),
  }));
  const sheet = {
    format: 1,
    kind: 'coldstart-inventory',
    export: exportId,
    at: at.toISOString(),
    site: { id: site.id, name: site.name },
    nodes: [{ name: 'cp1', caHash: site.caHash }],
    snapshots: Object.entries(snapshots).map(([name, bytes], i) => ({
      id: name.replace(/\.\w+$/, ''),
      name: `on-demand-cp1-${i}`,
      nodeName: 'cp1',
      savedAt: new Date(at.getTime() - 3_600_000 * (i + 1)).toISOString(),
      sha256: sha(bytes),
      file: `data/snapshots/${name}.age`,
    })),
    files: listed,
    ...options.inventory,
  };
  const payload: BagFile[] = [];
  for (const [path, content] of [...plain, ['inventory/inventory.json', JSON.stringify(sheet)] as const]) {
    const known = options.sealedOnce?.get(content);
    const at = join(folder, `data/${path}.age`);
    mkdirSync(dirname(at), { recursive: true });
    if (known) {
      linkSync(known.at, at);
      payload.push({ ...known, path: `data/${path}.age` });
      continue;
    }
    const bytes = await seal(content, recipients);
    const file = {
      path: `data/${path}.age`,
      bytes: bytes.length,
      sha256: sha(bytes),
      sha512: sha(bytes, 'sha512'),
    };
    payload.push(file);
    writeFileSync(at, bytes);
    options.sealedOnce?.set(content, { ...file, at, plain: sha(content) });
  }
  const key = options.laptop ?? signer?.id;
  const tags = tagFiles(payload, {
    site: site.id,
    exportId,
    at,
    agent: 'Coldstart 0.1.0',
    world,
    clockDoubtful: options.clockDoubtful ?? false,
    ...(key === undefined
      ? {}
      : {
          laptop: {
            key,
            counter,
            ...(options.previous === undefined ? {} : { previous: options.previous }),
          },
        }),
  });
  for (const { path, text } of tags) writeFileSync(join(folder, path), text);
  const manifest = tags.find(each => each.path === 'tagmanifest-sha256.txt')?.text ?? '';
  if (signer)
    writeFileSync(
      join(folder, bagSignature),
      await signed(Buffer.from(manifest), signer, `coldstart export ${site.id}/${exportId}`),
    );
  return { path: folder, exportId, tagmanifestSha256: sha(manifest) };
}

/** A minisign secret key file without a password (`minisign -G -W`), and one that claims to have a password. */
export function secretKeyText({ id, secret }: SecretKey, locked = false): string {
  const bytes = Buffer.alloc(158);
  bytes.write('Ed', 0);
  bytes.write(locked ? 'Sc' : '\0\0', 2);
  bytes.write('B2', 4);
  Buffer.from(id, 'hex').reverse().copy(bytes, 54);
  Buffer.from(secret).copy(bytes, 62);
  return `untrusted comment: minisign encrypted secret key\n${bytes.toString('base64')}\n`;
}

export interface HqBenchOptions {
  readonly world?: World;
  readonly files?: Partial<HqDeps['files']>;
  readonly work?: Partial<HqDeps['work']>;
  readonly clock?: HqDeps['clock'];
}

/** Headquarters with its keys in files, an archive, a stick, and one laptop that is enrolled. */
export async function hqBench(folder: string, options: HqBenchOptions = {}) {
  const [archive, stick, keys] = ['archive', 'stick', 'keys'].map(name => join(folder, name)) as [
    string,
    string,
    string,
  ];
  for (const each of [stick, keys]) mkdirSync(each, { recursive: true });
  const [age, laptop, receipts] = [await ageKey(), await minisignKey(), await minisignKey()];
  const at = {
    identity: join(keys, 'hq.txt'),
    signKey: join(keys, 'receipt.key'),
    receiptPub: join(keys, 'receipt.pub'),
    laptopPub: join(keys, 'laptop.pub'),
  };
  writeFileSync(at.identity, `# made for a test\n${age.identity.reveal()}\n`, { mode: 0o600 });
  writeFileSync(at.signKey, secretKeyText(receipts.secret), { mode: 0o600 });
  writeFileSync(at.receiptPub, receipts.pub);
  writeFileSync(at.laptopPub, laptop.pub);
  const deps: HqDeps = {
    files: { ...localFiles(), ...options.files },
    work: { ...work(), ...options.work },
    clock: options.clock ?? systemClock,
    chance: systemChance,
    world: options.world ?? 'real',
  };
  const { calls } = hqService(deps);
  const told: Progress[] = [];
  const context = (signal = new AbortController().signal) => ({
    signal,
    progress: (each: Progress) => void told.push(each),
  });
  const recipients = [age.recipient];
  return {
    archive,
    stick,
    at,
    calls,
    deps,
    told,
    context,
    laptop: laptop.secret,
    recipients,
    identity: age.identity satisfies Secret,
    receiptKey: receipts.secret,
    enroll: (name = 'Laptop 1', until?: string) =>
      calls['hq.enroll'](
        { at: archive, key: at.laptopPub, name, ...(until === undefined ? {} : { until }) },
        context(),
      ),
    bag: (bag: Omit<BagOptions, 'to' | 'recipients'> & Partial<Pick<BagOptions, 'to' | 'recipients'>>) =>
      makeBag({ to: stick, recipients, signer: laptop.secret, ...bag }),
    receive: (bags: readonly string[], more: { atOnce?: number; signal?: AbortSignal } = {}) =>
      calls['hq.receive'](
        {
          bags: [...bags],
          identity: at.identity,
          signKey: at.signKey,
          to: archive,
          ...(more.atOnce === undefined ? {} : { atOnce: more.atOnce }),
        },
        context(more.signal),
      ) as Promise<HqReceived>,
    status: () => calls['hq.status']({ at: archive }, context()),
  };
}

/** The one bag of an answer. */
export function onlyBag({ bags }: HqReceived): ReceivedBag {
  const [bag, ...more] = bags;
  if (!bag || more.length > 0) throw new Error(`expected one bag, and there are ${bags.length}`);
  return bag;
}
