import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { crc32 } from 'node:zlib';
import { secretKey, signed } from '../../main/core/minisign.ts';

/**
 * Makes the practice bundle: the same files as a folder of K3s release assets, a few kilobytes each, byte for byte the
 * same on every machine. Compressed files use stored blocks only, so no compressor's version shows in them.
 */
const version = 'v1.33.5+k3s1';
const here = import.meta.dirname;

// ── a program that says its version: ELF as in the System V ABI, one segment, two system calls ──

const says = Buffer.from(`k3s version ${version} (coldstart practice stand-in)\ngo version go1.24.6\n`);
const loadAt = 0x400000;
const headBytes = 64 + 56;

/** write(1, text, length); exit(0) for x86-64, numbers 1 and 60. */
function codeForAmd64(): Buffer {
  const code = Buffer.from('b801000000bf01000000488d3500000000ba000000000f05b83c00000031ff0f05', 'hex');
  code.writeInt32LE(code.length - 17, 13);
  code.writeInt32LE(says.length, 18);
  return code;
}

/** The same for arm64, numbers 64 and 93: mov x0,#1; adr x1,text; mov x2,#length; mov x8,#64; svc; mov x0,#0; mov x8,#93; svc. */
function codeForArm64(): Buffer {
  const move = (register: number, value: number): number => (0xd2800000 | (value << 5) | register) >>> 0;
  const words = [move(0, 1), 0, move(2, says.length), move(8, 64), 0xd4000001, move(0, 0), move(8, 93), 0xd4000001];
  const ahead = (words.length - 1) * 4;
  words[1] = (0x10000001 | ((ahead >> 2) << 5)) >>> 0;
  const code = Buffer.alloc(words.length * 4);
  words.forEach((word, i) => code.writeUInt32LE(word, i * 4));
  return code;
}

function program(machine: number, code: Buffer): Buffer {
  const head = Buffer.alloc(headBytes);
  const bytes = headBytes + code.length + says.length;
  head.write('\x7fELF\x02\x01\x01', 'latin1');
  head.writeUInt16LE(2, 16); // executable
  head.writeUInt16LE(machine, 18);
  head.writeUInt32LE(1, 20);
  head.writeBigUInt64LE(BigInt(loadAt + headBytes), 24); // entry
  head.writeBigUInt64LE(64n, 32); // program headers
  head.writeUInt16LE(64, 52);
  head.writeUInt16LE(56, 54);
  head.writeUInt16LE(1, 56);
  head.writeUInt32LE(1, 64); // load
  head.writeUInt32LE(5, 68); // read and execute
  head.writeBigUInt64LE(BigInt(loadAt), 80);
  head.writeBigUInt64LE(BigInt(loadAt), 88);
  head.writeBigUInt64LE(BigInt(bytes), 96);
  head.writeBigUInt64LE(BigInt(bytes), 104);
  head.writeBigUInt64LE(0x1000n, 112);
  return Buffer.concat([head, code, says]);
}

// ── image archives: tar (ustar) as `docker save` writes it ──

function tarred(files: readonly (readonly [string, Buffer])[]): Buffer {
  const parts = files.flatMap(([name, content]) => {
    const head = Buffer.alloc(512);
    head.write(name, 0, 100);
    head.write('0000644\x000000000\x000000000\x00', 100, 'latin1');
    head.write(`${content.length.toString(8).padStart(11, '0')}\x0000000000000\x00`, 124, 'latin1');
    head.write('        0', 148, 'latin1');
    head.write('ustar\x0000', 257, 'latin1');
    const sum = head.reduce((total, byte) => total + byte, 0);
    head.write(`${sum.toString(8).padStart(6, '0')}\x00 `, 148, 'latin1');
    return [head, content, Buffer.alloc((512 - (content.length % 512)) % 512)];
  });
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

const hashOf = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');

const images = [
  'docker.io/rancher/klipper-helm:v0.9.8-build20250709',
  'docker.io/rancher/klipper-lb:v0.4.13',
  'docker.io/rancher/local-path-provisioner:v0.0.31',
  'docker.io/rancher/mirrored-coredns-coredns:1.12.3',
  'docker.io/rancher/mirrored-library-busybox:1.36.1',
  'docker.io/rancher/mirrored-library-traefik:3.3.6',
  'docker.io/rancher/mirrored-metrics-server:v0.8.0',
  'docker.io/rancher/mirrored-pause:3.6',
];

function imageArchive(architecture: string): Buffer {
  const made = images.map(image => {
    const layer = tarred([['coldstart-practice', Buffer.from(`practice stand-in for ${image}\n`)]]);
    const config = Buffer.from(
      JSON.stringify({
        architecture,
        config: { Cmd: ['/coldstart-practice'] },
        created: '1970-01-01T00:00:00Z',
        os: 'linux',
        rootfs: { diff_ids: [`sha256:${hashOf(layer)}`], type: 'layers' },
      }),
    );
    return { image, layer, config, folder: hashOf(layer) };
  });
  const manifest = made.map(({ image, config, folder }) => ({
    Config: `${hashOf(config)}.json`,
    Layers: [`${folder}/layer.tar`],
    RepoTags: [image],
  }));
  return tarred([
    ...made.flatMap(({ layer, config, folder }): (readonly [string, Buffer])[] => [
      [`${hashOf(config)}.json`, config],
      [`${folder}/layer.tar`, layer],
    ]),
    ['manifest.json', Buffer.from(JSON.stringify(manifest))],
  ]);
}

/** gzip (RFC 1952) of stored deflate blocks. */
function gzipped(content: Buffer): Buffer {
  const blocks: Buffer[] = [];
  for (let at = 0; at < content.length || at === 0; at += 65535) {
    const block = content.subarray(at, at + 65535);
    const head = Buffer.alloc(5);
    head[0] = at + 65535 >= content.length ? 1 : 0;
    head.writeUInt16LE(block.length, 1);
    head.writeUInt16LE(~block.length & 0xffff, 3);
    blocks.push(head, block);
  }
  const tail = Buffer.alloc(8);
  tail.writeUInt32LE(crc32(content), 0);
  tail.writeUInt32LE(content.length, 4);
  return Buffer.concat([Buffer.from('1f8b08000000000000ff', 'hex'), ...blocks, tail]);
}

/** zstd (RFC 8878): one frame of raw blocks, window 128 KiB, without a checksum. */
function zstandard(content: Buffer): Buffer {
  const most = 128 * 1024;
  const head = Buffer.alloc(4 + 1 + 1 + 4);
  head.writeUInt32LE(0xfd2fb528, 0);
  head[4] = 0x80; // content size in four bytes, window descriptor follows
  head[5] = 7 << 3; // 2^(10+7)
  head.writeUInt32LE(content.length, 6);
  const blocks: Buffer[] = [];
  for (let at = 0; at < content.length; at += most) {
    const block = content.subarray(at, at + most);
    const size = Buffer.alloc(3);
    size.writeUIntLE((block.length << 3) | (at + most >= content.length ? 1 : 0), 0, 3);
    blocks.push(size, block);
  }
  return Buffer.concat([head, ...blocks]);
}

// ── the folder ──

const listing = (files: ReadonlyMap<string, Uint8Array>): string =>
  [...files].map(([name, content]) => `${hashOf(content)}  ${name}\n`).join('');

/** Every file of the practice bundle by name. */
export async function practiceBundle(): Promise<ReadonlyMap<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const [arch, binary, machine, code] of [
    ['amd64', 'k3s', 62, codeForAmd64()],
    ['arm64', 'k3s-arm64', 183, codeForArm64()],
  ] as const) {
    const archive = `k3s-airgap-images-${arch}.tar`;
    const tar = imageArchive(arch);
    // As in a release, the list names every form; the folder carries only some of them.
    const listed = new Map<string, Buffer>([
      [archive, tar],
      [`${archive}.gz`, gzipped(tar)],
      [`${archive}.zst`, zstandard(tar)],
      [binary, program(machine, code)],
    ]);
    files.set(`sha256sum-${arch}.txt`, Buffer.from(listing(listed)));
    for (const [name, content] of listed)
      if (name === binary || name.endsWith('.zst') || name === 'k3s-airgap-images-amd64.tar.gz') files.set(name, content);
  }
  files.set('k3s-images.txt', Buffer.from(`${images.join('\n')}\n`));
  files.set('install.sh', await readFile(join(here, 'parts/install.sh')));
  const sorted = new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
  const manifest = Buffer.from(
    `# Coldstart bundle manifest 1\n# k3s-version: ${version}\n# practice: yes\n${listing(sorted)}`,
  );
  const key = secretKey(await readFile(join(here, 'hq/practice-signing.key'), 'utf8'));
  if (!key) throw new Error('hq/practice-signing.key is no minisign secret key');
  const signature = await signed(manifest, key, `Coldstart practice bundle, K3s ${version}`);
  return sorted
    .set('coldstart-bundle.txt', manifest)
    .set('coldstart-bundle.txt.minisig', Buffer.from(signature));
}

/** Writes the practice bundle into a folder. */
export async function writePracticeBundle(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, content] of await practiceBundle()) await writeFile(join(folder, name), content);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  await writePracticeBundle(process.argv[2] ?? join(here, 'bundle'));
