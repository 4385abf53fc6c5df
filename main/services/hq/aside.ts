import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import type { ReceivedBag } from '../../../preload/contract/supply/hq.ts';
import { safeName } from '../../core/stick-names.ts';
import type { Files } from '../../ports.ts';
import type { Archive } from './archive.ts';
import type { CopiedBag } from './copy.ts';
import { mostTagBytes, tagManifest } from './look.ts';
import type { LookedAt } from './look.ts';

interface Aside {
  readonly archive: Archive;
  readonly files: Files;
}

/** Kept as it came, sealed, until somebody enrols the laptop or throws it away. */
export async function quarantined(
  { archive: { at }, files }: Aside,
  looked: LookedAt,
  copied: CopiedBag,
  says: string,
): Promise<ReceivedBag> {
  const isThere = dirname(looked.folder) === at.quarantine;
  const to = isThere
    ? looked.folder
    : join(at.quarantine, `${safeName(looked.name)}-${looked.tagmanifestSha256.slice(0, 8)}`);
  await files.makeFolder(at.quarantine);
  if (!(await files.stat(to))) await files.move(copied.folder, to);
  return {
    bag: looked.folder,
    is: 'quarantined',
    says: `${says} It was put aside sealed, and nothing in it was opened: ${to}`,
    next: 'Ask the site for the key id of its laptop on another way. If it is the same: coldstart hq enroll, then receive that folder.',
  };
}

/** What waited sealed and is in the archive now, byte for byte, need not wait any more. */
export async function releaseAside(
  { archive: { at }, files }: Aside,
  { tagmanifestSha256 }: LookedAt,
): Promise<void> {
  if (!(await files.stat(at.quarantine))) return;
  for (const { name } of await files.list(at.quarantine)) {
    if (!name.endsWith(`-${tagmanifestSha256.slice(0, 8)}`)) continue;
    const tags = join(at.quarantine, name, tagManifest);
    if (!(await files.stat(tags))) continue;
    const bytes = await files.read(tags, mostTagBytes);
    if (createHash('sha256').update(bytes).digest('hex') === tagmanifestSha256)
      await files.remove(join(at.quarantine, name));
  }
}
