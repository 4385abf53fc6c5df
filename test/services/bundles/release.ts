import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { signed } from '../../../main/core/minisign.ts';
import type { SecretKey } from '../../../main/core/minisign.ts';
import { practiceFolder } from './bench.ts';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** A program that says it is K3s of this version and nothing of practice: a real ELF head with other text behind it. */
export function binary(arch: 'amd64' | 'arm64', version: string): Buffer {
  const head = readFileSync(join(practiceFolder, arch === 'amd64' ? 'k3s' : 'k3s-arm64')).subarray(0, 120);
  return Buffer.concat([head, Buffer.alloc(400, 0x90), Buffer.from(`\0k3s version ${version}\0`)]);
}

/** Writes a folder as the technician downloads it from a K3s release for x86-64, with the script beside it. */
export function release(path: string, version = 'v1.33.5+k3s1'): void {
  mkdirSync(path, { recursive: true });
  const k3s = binary('amd64', version);
  const images = readFileSync(join(practiceFolder, 'k3s-airgap-images-amd64.tar.zst'));
  writeFileSync(join(path, 'k3s'), k3s);
  writeFileSync(join(path, 'k3s-airgap-images-amd64.tar.zst'), images);
  writeFileSync(
    join(path, 'sha256sum-amd64.txt'),
    `${sha256(images)}  k3s-airgap-images-amd64.tar.zst\n${'0'.repeat(64)}  k3s-airgap-images-amd64.tar\n${sha256(k3s)}  k3s\n`,
  );
  writeFileSync(join(path, 'install.sh'), '#!/bin/sh\nexit 0\n');
}

/** Writes headquarters' manifest over everything in a folder, and its signature. `leaveOut` stays unnamed. */
export async function sign(
  path: string,
  key: SecretKey,
  options: { readonly version?: string; readonly leaveOut?: string; readonly practice?: boolean } = {},
): Promise<void> {
  const names = readdirSync(path).filter(
    name => !name.startsWith('coldstart-bundle') && name !== options.leaveOut,
  );
  const manifest = Buffer.from(
    [
      '# Coldstart bundle manifest 1',
      `# k3s-version: ${options.version ?? 'v1.33.5+k3s1'}`,
      ...(options.practice ? ['# practice: yes'] : []),
      ...names.sort().map(name => `${sha256(readFileSync(join(path, name)))}  ${name}`),
      '',
    ].join('\n'),
  );
  writeFileSync(join(path, 'coldstart-bundle.txt'), manifest);
  writeFileSync(
    join(path, 'coldstart-bundle.txt.minisig'),
    await signed(manifest, key, 'bundle for the north'),
  );
}
