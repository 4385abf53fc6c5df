import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import type { Station } from '../station.ts';

const folder = '/var/lib/rancher/k3s/agent/images';
const endings = /\.(tar|tar\.gz|tgz|tar\.zst|tzst)$/;

/** Names of the images an archive brings (`RepoTags` of its manifest.json). Throws for what is no image archive. */
export function imagesIn(name: string, bytes: Uint8Array): string[] {
  const tar = name.endsWith('gz')
    ? gunzipSync(bytes)
    : name.endsWith('zst')
      ? zstdDecompressSync(bytes)
      : Buffer.from(bytes);
  for (let at = 0; at + 512 <= tar.length;) {
    const file = tar
      .subarray(at, at + 100)
      .toString('latin1')
      .replace(/\0.*$/s, '');
    const size = Number.parseInt(
      tar
        .subarray(at + 124, at + 136)
        .toString('latin1')
        .replace(/\0.*$/s, '')
        .trim() || '0',
      8,
    );
    if (file === 'manifest.json') {
      const list = JSON.parse(tar.subarray(at + 512, at + 512 + size).toString()) as {
        RepoTags?: string[];
      }[];
      return list.flatMap(each => each.RepoTags ?? []);
    }
    at += 512 + Math.ceil(size / 512) * 512;
  }
  throw new Error('unrecognized image format');
}

/** Full name of an image as containerd keeps it. */
export const fullName = (tag: string): string =>
  /^[^/]+\.[^/]+\//.test(tag) ? tag : `docker.io/${tag.includes('/') ? tag : `library/${tag}`}`;

/** Imports what lies in the image folder, as K3s does at each start; says what it did line by line. */
export function importImages(station: Station, say: (level: string, text: string) => void): string[] {
  const node = station.tree.peek(folder);
  const names = node?.kind === 'folder' ? [...node.entries.keys()].sort() : [];
  const found: string[] = [];
  for (const name of names) {
    const path = `${folder}/${name}`;
    const file = station.tree.peek(path);
    if (file?.kind !== 'file' || !endings.test(name)) continue;
    say('info', `Importing images from ${path}`);
    try {
      const images = imagesIn(name, file.content.subarray(0, file.size));
      found.push(...images.map(fullName));
      say(
        'info',
        `Imported ${images.length} images from ${path} in ${(80 + images.length * 37.5).toFixed(3)}ms`,
      );
    } catch (thrown) {
      say(
        'error',
        `Failed to process image event: failed to import images from ${path}: ${(thrown as Error).message}`,
      );
    }
  }
  return found;
}
