import type { Snapshot } from '../../../../preload/contract/domain.ts';
import type { RunId } from '../../../../preload/contract/ids.ts';
import { dataFolder } from '../../../core/runbook/preflight/disk.ts';
import { mebibytes } from '../../../core/runbook/preflight/sight.ts';
import type { Inside } from '../../../core/runbook/restore/workloads.ts';
import { ontoVersion } from '../../../core/snapshot-proof/k3s-versions.ts';
import { script } from '../../../core/sh.ts';
import { asking, notSo, so } from '../book.ts';
import type { Step } from '../book.ts';
import { holdsFile, place, prepareStage, stage } from '../install-single/deliver.ts';
import { refused } from '../remedies/frame.ts';
import type { Looker, RemedyParts } from '../remedies/frame.ts';
import { whoLogsIn } from '../survey.ts';
import { comparedStep, lookInside } from './inside.ts';
import type { FromSnapshot } from './several/book.ts';
import type { Standing } from './several/look.ts';
import { measurePacked, packedAgainStep, unpackedPath, unpackStep } from './unpacked.ts';
import type { PlainSnapshot } from './unpacked.ts';

/** The snapshot of a restore, as it was when the plan was made, and who brings it. No secrets. */
export interface Brought {
  readonly copy: Pick<Snapshot, 'name' | 'path' | 'bytes' | 'sha256' | 'savedAt' | 'k3sVersion'>;
  readonly login: { readonly uid: number; readonly gid: number };
  /** Nodes and workloads in it, for the comparison afterwards. */
  readonly inside: Inside;
  /** Of a packed snapshot: what `copy` is when it is unpacked. */
  readonly plain?: PlainSnapshot;
  readonly warnings: readonly string[];
}

const db = `${dataFolder}/server/db`;
/** Free besides what the restore itself needs. */
const margin = 256 * 2 ** 20;

const roomScript = String.raw`# is there room, and how much do the old data take?
d=$1; while [ ! -d "$d" ]; do d=$(dirname "$d"); done
df -Pk "$d" 2>/dev/null | awk 'NR == 2 { print "free=" $4 }'
du -sk "$1/etcd" 2>/dev/null | awk '{ print "old=" $1 }'; exit 0`;

/**
 * Bytes that must be free: the copy that is brought, the database K3s makes of it, and room for the old data, which stay
 * and which an interrupted start may write to (facts: 2 × snapshot and the old data).
 */
const neededFor = (snapshot: number, old: number): number => snapshot * 2 + old + margin;

const madeBy = ({ k3sVersion }: Pick<Brought['copy'], 'k3sVersion'>): string =>
  k3sVersion === '' ? 'Nothing in it says which K3s it is of' : `The snapshot is of ${k3sVersion}`;

/** Looks whether a file that was found good can go to this node: version and room. Throws `refused` where it cannot. */
export async function lookForRoom(
  looker: Looker,
  parts: RemedyParts,
  copy: Brought['copy'],
  own: Standing,
): Promise<Brought> {
  const packed = copy.name.endsWith('.zip');
  const plain = packed ? await measurePacked(parts, copy, looker.signal) : undefined;
  const place = await requirePlace(looker, { ...copy, bytes: plain?.bytes ?? copy.bytes }, own);
  const inside = await lookInside(parts, copy.path, looker.signal);
  return { copy, ...place, inside, ...(plain && { plain }) };
}

/** Throws `refused` when K3s here is of the wrong version, or the disk has no room. Gives who logs in. */
export async function requirePlace(
  looker: Looker,
  copy: Pick<Brought['copy'], 'bytes' | 'k3sVersion'>,
  { base: { version } }: Standing,
): Promise<Pick<Brought, 'login' | 'warnings'>> {
  const { node } = looker;
  const fits = version === undefined ? 'unknown' : ontoVersion(copy.k3sVersion, version);
  if (fits === 'lower' || fits === 'too-new')
    throw refused(
      node.name,
      `${madeBy(copy)}, and K3s here is ${version ?? 'unknown'}.`,
      'Install the version of the snapshot first.',
    );
  const { stdout } = await looker.ask(script(roomScript, db), { timeoutMs: 120_000 });
  const bytes = (what: string): number =>
    Number(new RegExp(String.raw`^${what}=(\d+)$`, 'm').exec(stdout)?.[1] ?? 0) * 1024;
  const [free, needed] = [bytes('free'), neededFor(copy.bytes, bytes('old'))];
  if (free < needed)
    throw refused(
      node.name,
      `The restore needs ${mebibytes(needed)} of room here, and only ${mebibytes(free)} are free.`,
      'Make room first (free-disk).',
    );
  const [uid = 0, gid = 0] = (await looker.ask(whoLogsIn, { as: 'login' })).stdout
    .trim()
    .split(/\s+/)
    .map(Number);
  return {
    login: { uid, gid },
    warnings: fits === 'same' ? [] : [`${madeBy(copy)}, and K3s here is ${version ?? 'unknown'}.`],
  };
}

/** Where the snapshot lies on the node while it is restored. */
const broughtTo = ({ sha256 }: Pick<Brought['copy'], 'sha256'>): string =>
  `${db}/coldstart-restore-${sha256.slice(0, 8)}`;

/** The snapshot goes to the node; its hash is compared on both ends. */
function bringStep(
  copy: Pick<Brought['copy'], 'name' | 'path' | 'bytes' | 'sha256'>,
  login: Brought['login'],
): Step {
  const to = broughtTo(copy);
  const there = holdsFile(to, copy.sha256, '-rw-------');
  return {
    id: 'bring',
    title: 'Bring the snapshot',
    why: `${copy.name} goes to the node, beside the data it will take the place of.`,
    weight: 8,
    changes: true,
    probe: {
      ...there,
      look: async (hands, again) =>
        hands.didBefore('reset') ? so('it was restored before') : await there.look(hands, again),
    },
    apply: [
      prepareStage(login),
      { is: 'upload', file: copy, path: `${stage}/${copy.name}`, mode: 0o600 },
      place(copy, to, `${to}.part`, '0600'),
    ],
    verify: there,
  };
}

const clearScript = `# take the copy away again
rm -f "$1" "$1.part"; rmdir "$2" 2>/dev/null; exit 0`;
const clearedScript = `# is it gone?
[ -e "$1" ] || echo gone; exit 0`;

/** The copy on the node is not needed any more; the laptop keeps its own. */
const clearStep = (copy: Pick<Brought['copy'], 'sha256'>): Step => ({
  id: 'clear',
  title: 'Take the copy of the snapshot away',
  why: 'It was only there to be restored; the laptop keeps its own.',
  weight: 1,
  changes: false,
  apply: [{ is: 'command', as: 'root', command: script(clearScript, broughtTo(copy), stage) }],
  verify: asking('root', script(clearedScript, broughtTo(copy)), ({ stdout }) =>
    stdout.includes('gone') ? so('it is gone') : notSo('it is still there'),
  ),
});

/** What a restore of this snapshot adds to the steps on the nodes. */
export function broughtFrom(parts: RemedyParts, run: RunId, brought: Brought): FromSnapshot {
  const { plain, copy } = brought;
  const file = plain ? { ...copy, ...plain, path: unpackedPath(parts.runs, run, plain) } : copy;
  return {
    bring: [...(plain ? [unpackStep(parts, plain, run)] : []), bringStep(file, brought.login)],
    snapshot: broughtTo(file),
    compare: worked => comparedStep(brought.inside, worked),
    clear: [clearStep(file), ...(plain ? [packedAgainStep(parts, plain, run)] : [])],
  };
}
