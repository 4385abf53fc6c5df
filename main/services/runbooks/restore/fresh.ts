import type { SnapshotFile } from '../../../../preload/contract/snapshots/file.ts';
import { dataFolder } from '../../../core/runbook/preflight/disk.ts';
import { Secret } from '../../../core/secret.ts';
import { tokenHash } from '../../../core/server-token.ts';
import { refused } from '../remedies/frame.ts';
import type { Looker, RemedyParts } from '../remedies/frame.ts';
import type { Standing } from './several/look.ts';
import { lookForCopy } from './chosen.ts';
import type { Brought } from './snapshot-there.ts';

/**
 * Looks whether this machine is one with a fresh K3s of its own, which a snapshot of another may replace. Gives the
 * snapshot and the hash of the token that opens it. Throws `refused` for a server of the cluster itself.
 */
export async function lookAtFresh(
  looker: Looker,
  parts: RemedyParts,
  of: SnapshotFile | undefined,
  own: Standing,
): Promise<{ readonly brought: Brought; readonly token: string }> {
  const { node } = looker;
  if (own.base.role === 'agent' || own.base.db !== 'etcd')
    throw refused(
      node.name,
      'K3s on this machine has no datastore of its own.',
      'Install K3s here first (coldstart install), with the version and the settings of the old server, and best with its name.',
    );
  const { brought, token } = await lookForCopy(looker, parts, of, own);
  const here = (await looker.read(`${dataFolder}/server/token`))?.trim();
  if (here !== undefined && tokenHash(new Secret(here)) === tokenHash(token))
    throw refused(
      node.name,
      'This machine is a server of the cluster itself: its token is the one of the snapshot.',
      'Choose the restore of a single server (single), or of several (ha).',
    );
  return { brought, token: tokenHash(token) };
}
