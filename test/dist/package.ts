import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(import.meta.dirname, '..', '..');

/** Marks where the fuses begin in an Electron program (@electron/fuses). */
const sentinel = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
/** The nine fuses as Electron ships them: version 1, then on (`1`) or off (`0`) for each. */
const asShipped = '101100011';

/** A folder that stands in for an unpacked Electron: enough for a package to be made of it, and nothing that runs. */
function standIn(folder: string): string {
  mkdirSync(join(folder, 'locales'), { recursive: true });
  mkdirSync(join(folder, 'resources'));
  const { version } = JSON.parse(
    readFileSync(join(root, 'node_modules', 'electron', 'package.json'), 'utf8'),
  ) as { version: string };
  writeFileSync(join(folder, 'version'), version);
  writeFileSync(join(folder, 'locales', 'en-US.pak'), '');
  const program = Buffer.concat([
    Buffer.from('#!/bin/sh\necho "This is no Electron."\nexit 1\n'),
    Buffer.from(sentinel),
    Buffer.from([1, asShipped.length]),
    Buffer.from(asShipped),
  ]);
  writeFileSync(join(folder, 'electron'), program);
  chmodSync(join(folder, 'electron'), 0o755);
  return folder;
}

/**
 * Builds `--linux dir` for one architecture against the stand-in, into `folder`, and gives the unpacked package. Uses
 * what is in `out/`; downloads nothing. Throws with electron-builder's own words when it fails.
 */
export async function packaged(folder: string, arch: 'x64' | 'arm64'): Promise<string> {
  const output = join(folder, `package-${arch}`);
  const child = spawn(
    process.execPath,
    [
      fileURLToPath(import.meta.resolve('electron-builder/cli.js')),
      '--linux',
      'dir',
      `--${arch}`,
      `-c.electronDist=${standIn(join(folder, `electron-${arch}`))}`,
      `-c.directories.output=${output}`,
      '--publish=never',
    ],
    { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text: Buffer) => (said += text.toString()));
  const code = await new Promise<number | null>(done => child.on('close', done));
  if (code !== 0) throw new Error(`electron-builder failed (exit ${code}):\n${said}`);
  return join(output, arch === 'x64' ? 'linux-unpacked' : `linux-${arch}-unpacked`);
}
