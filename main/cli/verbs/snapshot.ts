import type { NodeSnapshot, Snapshot, SnapshotStatus } from '../../../preload/contract/domain.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import { single } from '../at.ts';
import type { At } from '../at.ts';
import type { Answer } from '../output.ts';
import type { Verb } from '../verb.ts';
import { size, table } from '../words.ts';
import { catalogueAnswer, proofOfPulled } from './snapshot-prove.ts';

function checkedAnswer(snapshot: Snapshot): Answer {
  return {
    json: snapshot,
    text: `${snapshot.check.intact ? '✓' : '✗'} ${snapshot.name}: ${snapshot.check.says}\n  ${snapshot.path}\n  SHA-256 ${snapshot.sha256}`,
    exit: snapshot.check.intact ? 0 : 1,
  };
}

/** A pull ends with the proof of what arrived; whether the copy is intact decides how the command ends. */
async function pulledAnswer(at: At, snapshot: Snapshot): Promise<Answer> {
  const checked = checkedAnswer(snapshot);
  const proof = await proofOfPulled(at, snapshot.id);
  return proof === undefined ? checked : { ...checked, text: `${checked.text}\n${proof}` };
}

async function newestOnNode(
  at: At,
  node: Parameters<typeof onNode>[1],
  name: string | undefined,
): Promise<NodeSnapshot> {
  const list = await onNode(at, node);
  const found = name === undefined ? list[0] : list.find(snapshot => snapshot.name === name);
  if (found) return found;
  throw new FieldError({
    code: 'no-such-thing',
    says:
      name === undefined
        ? 'There is no snapshot on the node.'
        : `There is no snapshot “${name}” on the node.`,
    untouched: 'Nothing was done.',
    next: 'Take one: coldstart snapshot take NODE',
  });
}

const onNode = async (at: At, node: Awaited<ReturnType<At['node']>>): Promise<readonly NodeSnapshot[]> =>
  (await at.call('snapshot.onNode', { node: node.id })).toSorted((a, b) =>
    b.createdAt.localeCompare(a.createdAt),
  );

/** Exact for all 64 bits, as etcdutl prints it; a number of JavaScript's is not. */
const exactly = (decimal: string): unknown =>
  (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(decimal);

/** The fields of `etcdutl snapshot status -w json` in their order; `version` came with 3.6. */
function statusAnswer({ hash, revision, totalKey, totalSize, version, ...how }: SnapshotStatus): Answer {
  const counted =
    how.rule === '3.6' ? 'keys that are there, as etcd 3.6 counts' : 'every entry, as etcd 3.5 counts';
  const lines = [
    `✓ Every page is sound.${how.zipped ? ' Read inside the zip.' : ''}`,
    `  Hash      ${hash.toString(16)}`,
    `  Revision  ${revision}`,
    `  Keys      ${totalKey} (${counted})`,
    `  Size      ${size(totalSize)}`,
    ...(version === undefined ? [] : [`  Version   ${version === '' ? 'not written down' : version}`]),
    ...(how.isMetaTorn
      ? ['! One of its two meta pages is damaged; the other one was used. Keep another copy.']
      : []),
    how.hasTrailer
      ? '  The SHA-256 trailer was not looked at.'
      : '  It has no SHA-256 trailer, so it is a raw copy of a database, or was cut short behind its last page.',
  ];
  return {
    json: {
      hash,
      revision: exactly(revision),
      totalKey,
      totalSize,
      ...(version === undefined ? {} : { version }),
    },
    text: lines.join('\n'),
  };
}

function ruleFrom(word: string | undefined): SnapshotStatus['rule'] | undefined {
  if (word === undefined || word === '3.5' || word === '3.6') return word;
  throw new FieldError({
    code: 'bad-ask',
    says: `There is no rule “${word}”.`,
    untouched: 'Nothing was done.',
    next: 'Use --rule 3.5 or --rule 3.6, or leave it out.',
  });
}

export const snapshotVerbs: readonly Verb[] = [
  {
    name: 'snapshot take',
    takes: ['NODE'],
    says: 'Take an etcd snapshot on a node.',
    options: { pull: { says: 'Pull it to the laptop and check it at once.' } },
    run: async at => {
      const node = await at.node(at.arg(0));
      const taken = await at.call('snapshot.take', { node: node.id });
      if (!at.has('pull'))
        return {
          json: taken,
          text: `✓ ${taken.name} (${size(taken.bytes)}) is on the node; it is not on the laptop yet.`,
        };
      return pulledAnswer(at, await at.call('snapshot.pull', { node: node.id, name: taken.name }));
    },
  },
  {
    name: 'snapshot list',
    takes: ['[NODE]'],
    says: 'Show the snapshots on the laptop, or those on a node.',
    run: async at => {
      if (at.args.length === 0) {
        return catalogueAnswer(await at.call('snapshot.catalogue', {}));
      }
      const list = await onNode(at, await at.node(at.arg(0)));
      return {
        json: { snapshots: list },
        text:
          list.length === 0
            ? 'No snapshot on the node yet.'
            : table(
                ['NAME', 'CREATED', 'SIZE', 'ON THE LAPTOP', ''],
                list.map(s => [s.name, s.createdAt, size(s.bytes), s.pulled ? 'yes' : 'no', s.error ?? '']),
              ),
      };
    },
  },
  {
    name: 'snapshot pull',
    takes: ['NODE', '[NAME]'],
    says: 'Copy a snapshot (the newest, or the named one) to the laptop, check it and prove it. Resumes a broken copy.',
    run: async at => {
      const node = await at.node(at.arg(0));
      const { name } = await newestOnNode(at, node, at.args[1]);
      return pulledAnswer(at, await at.call('snapshot.pull', { node: node.id, name }));
    },
  },
  {
    name: 'snapshot verify',
    takes: ['SNAPSHOT'],
    says: 'Check the laptop’s copy of a snapshot again: SHA-256 trailer and recorded hash.',
    run: async at => {
      const kept = await at.call('snapshot.list', {});
      const snapshot = single(
        kept.filter(s => s.id === at.arg(0) || s.name === at.arg(0)),
        'snapshot',
        at.arg(0),
        'coldstart snapshot list',
      );
      return checkedAnswer(await at.call('snapshot.verify', { snapshot: snapshot.id }));
    },
  },
  {
    name: 'snapshot status',
    takes: ['FILE'],
    says: 'Read a snapshot file page by page; the same numbers as etcdutl snapshot status.',
    options: {
      rule: {
        value: '3.5|3.6',
        says: 'How keys are counted; default: as the etcd that wrote the snapshot does.',
      },
    },
    more: 'FILE is a snapshot, the zip K3s makes of one, or a copy of etcd’s member/snap/db. Needs no cluster.\nWhether the SHA-256 trailer holds is not looked at; `coldstart snapshot verify` does.',
    run: async at => {
      const rule = ruleFrom(at.option('rule'));
      const path = at.path(at.arg(0));
      return statusAnswer(await at.call('snapshot.status', { path, ...(rule ? { rule } : {}) }));
    },
  },
];
