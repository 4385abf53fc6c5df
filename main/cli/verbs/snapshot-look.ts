import type { Arch } from '../../../preload/contract/domain.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { SnapshotFile } from '../../../preload/contract/snapshots/file.ts';
import type {
  ObjectChange,
  SnapshotContents,
  SnapshotDiff,
  SnapshotImages,
  SnapshotObject,
  SnapshotObjects,
} from '../../../preload/contract/snapshots/look.ts';
import type { At } from '../at.ts';
import type { Answer } from '../output.ts';
import type { Verb } from '../verb.ts';
import { size, table } from '../words.ts';

/** A copy this laptop keeps, by its id or name, or else any file. */
async function snapshotFileOf(at: At, word: string): Promise<SnapshotFile> {
  const kept = (await at.call('snapshot.list', {})).find(copy => copy.id === word || copy.name === word);
  return kept ? { is: 'kept', snapshot: kept.id } : { is: 'file', path: at.path(word) };
}

const badAsk = (says: string, next: string): FieldError =>
  new FieldError({ code: 'bad-ask', says, untouched: 'Nothing was done.', next });

/** What is in force for the whole command. */
interface Asked {
  readonly of: SnapshotFile;
  readonly evenIfDamaged?: boolean;
}

const even = (at: At): { evenIfDamaged?: true } => (at.has('even-if-damaged') ? { evenIfDamaged: true } : {});

const damageLines = (damage: string | undefined): readonly string[] =>
  damage === undefined ? [] : [`! This file is damaged, so what is shown may be wrong. ${damage}`, ''];

function contentsText(contents: SnapshotContents): string {
  const namespaces = new Set(contents.kinds.map(({ namespace }) => namespace).filter(Boolean));
  const other = contents.other.reduce((sum, { count }) => sum + count, 0);
  return [
    ...damageLines(contents.damage),
    table(
      ['NAMESPACE', 'KIND', 'OBJECTS'],
      contents.kinds.map(({ namespace, kind, count }) => [namespace || '(cluster)', kind, String(count)]),
    ),
    '',
    `${contents.objects} objects in ${namespaces.size} namespaces, at revision ${contents.revision}; ${other} keys of K3s and etcd themselves.`,
    ...contents.unread.map(({ resource, says }) => `! ${resource} could not be read, because: ${says}`),
  ].join('\n');
}

const standing = (object: SnapshotObject): string =>
  object.sealed !== undefined
    ? `sealed with ${object.sealed}`
    : object.unread !== undefined
      ? `could not be read, because: ${object.unread}`
      : object.images.join(', ');

function objectsText({ objects, total }: SnapshotObjects): string {
  if (total === 0) return 'Nothing in the snapshot fits.';
  const rows = objects.map(object => [
    object.namespace || '(cluster)',
    object.kind,
    object.name,
    object.replicas === undefined ? '' : String(object.replicas),
    object.createdAt ?? '',
    standing(object),
  ]);
  const all = table(['NAMESPACE', 'KIND', 'NAME', 'REPLICAS', 'CREATED', 'IMAGES'], rows);
  const rest =
    objects.length < total
      ? `\n\n${objects.length} of ${total} are shown; --most N shows more, --from N goes on.`
      : '';
  return `${all}${rest}`;
}

function imagesText({ images, bundle, says }: SnapshotImages): string {
  const inIt = (held: readonly Arch[] | undefined, byName: boolean | undefined): string => {
    if (held === undefined) return '';
    if (held.length === 0) return 'MISSING';
    return `${held.join(', ')}${byName === true ? ' (by name only)' : ''}`;
  };
  const rows = images.map(each => [
    each.image,
    ...(bundle ? [inIt(each.inBundle, each.byNameOnly)] : []),
    [...each.usedBy, ...(each.moreUsers > 0 ? [`and ${each.moreUsers} more`] : [])].join(', '),
  ]);
  const all = table(['IMAGE', ...(bundle ? ['IN THE BUNDLE'] : []), 'USED BY'], rows);
  const mark = bundle ? (bundle.missing > 0 ? '✗ ' : '✓ ') : '';
  return images.length === 0 ? says : `${all}\n\n${mark}${says}`;
}

/** The key of an object that was named as `namespace/kind/name`, the way the rows and the images name it. */
async function keyOf(at: At, asked: Asked, word: string): Promise<string> {
  if (word.startsWith('/')) return word;
  const [namespace, kind, ...rest] = word.split('/');
  const name = rest.join('/');
  if (namespace === undefined || kind === undefined || kind === '' || name === '')
    throw badAsk(
      `“${word}” names no object.`,
      'Give its key (/registry/…), or NAMESPACE/KIND/NAME; the namespace stays empty for what has none.',
    );
  const { objects } = await at.call('snapshot.objects', {
    ...asked,
    namespace: namespace === '(cluster)' ? '' : namespace,
    kind,
    search: name,
    offset: 0,
    most: 500,
  });
  const found = objects.find(object => object.name === name);
  if (found) return found.key;
  throw new FieldError({
    code: 'no-such-thing',
    says: `There is no ${kind} “${name}” in this namespace of the snapshot.`,
    untouched: 'The snapshot was only read.',
    next: 'Search for it: coldstart snapshot browse FILE --search NAME',
  });
}

async function oneObject(at: At, asked: Asked, word: string): Promise<Answer> {
  const key = await keyOf(at, asked, word);
  const found = await at.call('snapshot.object', {
    ...asked,
    key,
    ...(at.has('managed-fields') ? { managedFields: true } : {}),
  });
  const { object, unknown } = found;
  const head = [
    `${object.namespace || '(cluster)'}/${object.kind}/${object.name}  ${size(object.bytes)}  ${object.key}`,
    ...unknown.map(path => `! A field this app does not know was left out: ${path}`),
    '',
  ];
  return { json: found, text: [...(at.has('yaml') ? [] : head), found.yaml.trimEnd()].join('\n') };
}

async function images(at: At, asked: Asked): Promise<Answer> {
  const [word, arch] = [at.option('bundle'), at.option('arch')];
  if (arch !== undefined && arch !== 'amd64' && arch !== 'arm64')
    throw badAsk(
      `There is no architecture “${arch}” here.`,
      'Use --arch amd64 or --arch arm64, or leave it out.',
    );
  const found = await at.call('snapshot.images', {
    ...asked,
    ...(word === undefined ? {} : { bundle: (await at.bundle(word)).id }),
    ...(arch === undefined ? {} : { arch }),
  });
  return { json: found, text: imagesText(found), exit: (found.bundle?.missing ?? 0) > 0 ? 1 : 0 };
}

function whole(at: At, name: string, otherwise: number, most: number): number {
  const word = at.option(name);
  if (word === undefined) return otherwise;
  if (/^\d{1,9}$/.test(word) && Number(word) <= most) return Number(word);
  throw badAsk(`--${name} takes a whole number up to ${most}; “${word}” is none.`, 'Give such a number.');
}

async function rows(at: At, asked: Asked): Promise<Answer> {
  const [namespace, kind, search] = [at.option('namespace'), at.option('kind'), at.option('search')];
  const found = await at.call('snapshot.objects', {
    ...asked,
    ...(namespace === undefined ? {} : { namespace: namespace === '(cluster)' ? '' : namespace }),
    ...(kind === undefined ? {} : { kind }),
    ...(search === undefined ? {} : { search }),
    offset: whole(at, 'from', 0, 1_000_000),
    most: Math.max(1, whole(at, 'most', 200, 500)),
  });
  return { json: found, text: objectsText(found) };
}

const signs = { added: '+', removed: '-', changed: '~' } as const;
const shownChanges = 100;

function changeLines({ is, namespace, kind, name, fields, moreFields }: ObjectChange): readonly string[] {
  const value = (text: string | undefined): string => (text === undefined ? '(nothing)' : text);
  return [
    `${signs[is]} ${namespace || '(cluster)'}/${kind}/${name}`,
    ...fields.slice(0, 6).map(({ path, before, after }) => `    ${path}: ${value(before)} → ${value(after)}`),
    ...(fields.length + moreFields > 6 ? [`    and ${fields.length + moreFields - 6} more fields`] : []),
  ];
}

function diffText(diff: SnapshotDiff, withNoise: boolean): string {
  const changes = diff.changes.filter(change => withNoise || !change.noise);
  const all = diff.added + diff.removed + diff.changed + (withNoise ? diff.noise : 0);
  const shown = changes.slice(0, shownChanges);
  return [
    ...damageLines(diff.damage),
    ...diff.says,
    ...(shown.length === 0 ? [] : ['', ...shown.flatMap(changeLines)]),
    ...(all > shown.length ? ['', `${shown.length} of ${all} objects are shown; --json has more.`] : []),
    '',
    `${diff.added} added, ${diff.removed} removed, ${diff.changed} changed, from revision ${diff.from.revision} to ${diff.to.revision}.`,
  ].join('\n');
}

const evenIfDamaged = {
  says: 'Look into a damaged file as far as it can be read; what is shown may be wrong.',
} as const;

/** Looking into snapshots with no cluster at hand. Values of Secrets are never shown. */
export const snapshotLookVerbs: readonly Verb[] = [
  {
    name: 'snapshot browse',
    takes: ['SNAPSHOT'],
    says: 'Look inside a snapshot: namespaces, objects, images, one object as YAML.',
    options: {
      namespace: { value: 'N', says: 'Only objects of this namespace; (cluster) for those of none.' },
      kind: { value: 'K', says: 'Only objects of this kind, such as Deployment or addons.k3s.cattle.io.' },
      search: { value: 'TEXT', says: 'Look in names, namespaces, kinds, labels and images.' },
      from: { value: 'N', says: 'Leave out so many rows at the beginning.' },
      most: { value: 'N', says: 'Show so many rows; default 200, at most 500.' },
      object: { value: 'KEY', says: 'One object: its key, or NAMESPACE/KIND/NAME.' },
      yaml: { says: 'With --object: nothing but its YAML.' },
      'managed-fields': { says: 'With --object: also the record of who wrote which field.' },
      images: { says: 'The images the site runs, and who runs them.' },
      bundle: {
        value: 'VERSION',
        says: 'With --images: whether this bundle has them all; ends with 1 if not.',
      },
      arch: { value: 'A', says: 'With --bundle: for amd64 or arm64; default: as the nodes in the snapshot.' },
      'even-if-damaged': evenIfDamaged,
    },
    more: [
      'SNAPSHOT is a file (plain, or the zip K3s makes), or a copy of `coldstart snapshot list`. Needs no cluster.',
      'Values of Secrets, and what looks like a password or key elsewhere, are replaced by their size.',
      'Example: coldstart snapshot browse snapshot.db --object kube-system/Deployment/coredns --yaml',
    ].join('\n'),
    run: async at => {
      const asked = { of: await snapshotFileOf(at, at.arg(0)), ...even(at) };
      const object = at.option('object');
      if (object !== undefined) return oneObject(at, asked, object);
      if (at.has('images')) return images(at, asked);
      const narrowed = ['namespace', 'kind', 'search', 'from', 'most'].some(
        name => at.option(name) !== undefined,
      );
      if (narrowed) return rows(at, asked);
      const contents = await at.call('snapshot.contents', asked);
      return { json: contents, text: contentsText(contents) };
    },
  },
  {
    name: 'snapshot diff',
    takes: ['FROM', 'TO'],
    says: 'Say what happened between two snapshots of a site.',
    options: {
      all: { says: 'Show also what changes all by itself: leases, events, heartbeats.' },
      'any-cluster': { says: 'Compare snapshots of two different clusters all the same.' },
      'even-if-damaged': evenIfDamaged,
    },
    more: 'FROM and TO are files, or copies of `coldstart snapshot list`; the older one comes first.\nValues of Secrets are never shown, only that they were rewritten.',
    run: async at => {
      const [from, to] = [await snapshotFileOf(at, at.arg(0)), await snapshotFileOf(at, at.arg(1))];
      const diff = await at.call('snapshot.diff', {
        from,
        to,
        ...even(at),
        ...(at.has('any-cluster') ? { anyCluster: true } : {}),
      });
      return { json: diff, text: diffText(diff, at.has('all')) };
    },
  },
];
