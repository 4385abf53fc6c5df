import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { Files, LocalFile } from '../../ports.ts';
import { everythingIn } from '../supply/check-bag.ts';

const pieceBytes = 1 << 20;

async function* pieces(from: LocalFile): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < from.bytes;) {
    const piece = await from.read(at, pieceBytes);
    if (piece.length === 0) return;
    at += piece.length;
    yield piece;
  }
}

/**
 * Makes of each day's compressed metrics in a folder the text that promtool takes, and removes the compressed twin: one
 * copy in the archive is enough. A file that is not whole throws as zlib does; the bag's hashes were checked before.
 */
export async function unpackMetrics(files: Files, folder: string): Promise<void> {
  if ((await files.stat(folder))?.kind !== 'folder') return;
  for (const { path } of await everythingIn(files, folder)) {
    if (!path.endsWith('.om.gz')) continue;
    const packed = join(folder, path);
    const plain = packed.slice(0, -'.gz'.length);
    await files.remove(plain);
    const from = await files.open(packed, 'read');
    const to = await files.open(plain, 'append');
    try {
      await pipeline(Readable.from(pieces(from)), createGunzip(), async source => {
        for await (const piece of source) await to.append(piece as Uint8Array);
      });
      await to.sync();
    } finally {
      await from.close();
      await to.close();
    }
    await files.remove(packed);
  }
}
