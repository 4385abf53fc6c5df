import { basename } from 'node:path';
import type { SiteNode, Snapshot } from '../../../../preload/contract/domain.ts';
import { FieldError } from '../../../../preload/contract/failure.ts';
import { snapshotId } from '../../../../preload/contract/ids.ts';
import type { SnapshotFile } from '../../../../preload/contract/snapshots/file.ts';
import { dataFolder } from '../../../core/runbook/preflight/disk.ts';
import { unfit } from '../../../core/runbook/restore/unfit.ts';
import { Secret } from '../../../core/secret.ts';
import { tokenHash } from '../../../core/server-token.ts';
import { refused } from '../remedies/frame.ts';
import type { Looker, RemedyParts } from '../remedies/frame.ts';
import type { Standing } from './several/look.ts';
import { lookForRoom } from './snapshot-there.ts';
import type { Brought } from './snapshot-there.ts';

const noCopy = (about: string, says: string, next: string): FieldError =>
  new FieldError({
    code: 'no-proven-copy',
    says,
    about,
    untouched: 'Nothing was changed on any node.',
    next,
  });

const noneNamed = (about: string): FieldError =>
  noCopy(
    about,
    'A restore begins from a snapshot, and none was named.',
    'Name one of the catalogue (snapshot list), or a file on this laptop or a stick by its path.',
  );

/** The catalogue's copy that is meant. Throws `no-proven-copy`. */
function copyMeant({ snapshots, nodes }: RemedyParts, node: SiteNode, id: string): Snapshot {
  const copy = snapshots.get(snapshotId(id));
  if (!copy.check.intact)
    throw noCopy(
      node.name,
      `${copy.name} is not known to be intact: ${copy.check.says}`,
      'Choose another one.',
    );
  if (copy.site !== node.site)
    throw noCopy(node.name, `${copy.name} is of another site.`, 'Choose a snapshot of this site.');
  const known = nodes
    .history(node.site, 'server-token')
    .some(({ secret }) => tokenHash(secret) === copy.tokenHash);
  if (!known)
    throw noCopy(
      node.name,
      `The token that opens ${copy.name} (${copy.tokenHash}) is not kept on this laptop.`,
      'Put the token of that time into the vault, or choose another snapshot.',
    );
  return copy;
}

/** Measures the copy anew, with the token K3s would open it with. Throws `no-proven-copy` or `refused`. */
async function requireFit(
  { work, scratch }: RemedyParts,
  copy: Snapshot,
  token: Secret,
  { node, signal }: Looker,
): Promise<void> {
  // The hash of a token that was noted at the pull is only what the node said then: here the token is tried.
  const measured = await work.measureSnapshot(copy.path, [token], { given: true, scratch, signal });
  const found = unfit(measured, copy.sha256);
  if (!found) return;
  if (found.which === 'token') throw refused(node.name, found.says, found.next);
  throw noCopy(node.name, `${copy.name}: ${found.says}`, found.next);
}

/** A snapshot from elsewhere, and which of the tokens opens it. */
interface FromElsewhere {
  readonly copy: Brought['copy'];
  readonly which: number;
}

/** A file by its path: a stick, a download. Throws `no-proven-copy`, or `refused` where the one token does not open it. */
async function fileMeant(
  { work, scratch }: RemedyParts,
  path: string,
  tokens: readonly Secret[],
  { node, signal }: Looker,
): Promise<FromElsewhere> {
  const given = tokens.length === 1;
  const measured = await work.measureSnapshot(path, tokens, { given, scratch, signal });
  const found = unfit(measured, measured.sha256);
  if (found?.which === 'token' && given) throw refused(node.name, found.says, found.next);
  const { read, bytes, sha256 } = measured;
  if (found || read.is === 'refused' || read.token.is !== 'opened')
    throw noCopy(
      path,
      found?.which === 'copy' ? found.says : 'No server token that is kept for this site opens it.',
      found?.which === 'copy' ? found.next : 'Put the token of that time into the vault, then try again.',
    );
  const k3sVersion = read.contents.nodes.find(({ role }) => role === 'server')?.k3sVersion ?? '';
  const copy = { name: basename(path), path, bytes, sha256, savedAt: '', k3sVersion };
  return { copy, which: read.token.opened.which };
}

const unsigned =
  'Nobody recorded the hash of this file on the node, so only its own checksum and its token speak for it.';
const withWarning = (brought: Brought): Brought => ({
  ...brought,
  warnings: [unsigned, ...brought.warnings],
});

/** Looks whether this snapshot can be restored here: token, version, room. Throws `refused` where K3s would fail. */
export async function lookForSnapshot(
  looker: Looker,
  parts: RemedyParts,
  of: SnapshotFile | undefined,
  own: Standing,
): Promise<Brought> {
  const { node } = looker;
  if (!of) throw noneNamed(node.name);
  const token = await looker.read(`${dataFolder}/server/token`);
  if (token === undefined)
    throw refused(
      node.name,
      'This server has no token, so K3s could not open the snapshot.',
      'Put the right token in first (put-token), then make a new plan.',
    );
  const secret = new Secret(token.trim());
  if (of.is === 'file') {
    const file = await fileMeant(parts, of.path, [secret], looker);
    return withWarning(await lookForRoom(looker, parts, file.copy, own));
  }
  const copy = copyMeant(parts, node, of.snapshot);
  await requireFit(parts, copy, secret, looker);
  const { name, path, bytes, sha256, savedAt, k3sVersion } = copy;
  return await lookForRoom(looker, parts, { name, path, bytes, sha256, savedAt, k3sVersion }, own);
}

/** The same for a machine with another token: the one of the vault that opens the snapshot, and goes to the machine. */
export async function lookForCopy(
  looker: Looker,
  parts: RemedyParts,
  of: SnapshotFile | undefined,
  own: Standing,
): Promise<{ readonly brought: Brought; readonly token: Secret }> {
  const { site, name } = looker.node;
  if (!of) throw noneNamed(name);
  const kept = parts.nodes.history(site, 'server-token').map(({ secret }) => secret);
  if (of.is === 'file') {
    const file = await fileMeant(parts, of.path, kept, looker);
    const opening = kept[file.which];
    if (!opening) throw new Error('it was opened by no token that was tried');
    return { brought: withWarning(await lookForRoom(looker, parts, file.copy, own)), token: opening };
  }
  const copy = copyMeant(parts, looker.node, of.snapshot);
  const token = kept.find(secret => tokenHash(secret) === copy.tokenHash);
  if (!token) throw new Error('the token was in the vault a moment ago');
  await requireFit(parts, copy, token, looker);
  return { brought: await lookForRoom(looker, parts, copy, own), token };
}
