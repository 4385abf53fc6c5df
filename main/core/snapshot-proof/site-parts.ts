import type { Arch } from '../../../preload/contract/domain.ts';
import type { ProofPart } from '../../../preload/contract/snapshots/proof.ts';
import { versionInside } from './cluster-parts.ts';
import type { ProofContext } from './context.ts';
import type { SnapshotRead } from './measured.ts';
import { shown } from './names.ts';
import { archOf } from './nodes.ts';
import { part, plural } from './part.ts';

/** etcd holds no data of volumes: where it lies, so that somebody can fetch it. */
export function volumesPart({ contents }: SnapshotRead): ProofPart {
  const { volumes, moreVolumes } = contents;
  const count = volumes.length + moreVolumes;
  if (count === 0) return part('volumes', 'passed', 'It names no volume that keeps data outside etcd.');
  const names = shown(
    volumes.map(({ name, node, path, kind, claim }) =>
      `${node === '' ? 'any node' : node}: ${path === '' ? kind : path}${claim === '' ? ` (${name})` : ` (${claim})`}`.trim(),
    ),
  );
  return part(
    'volumes',
    'warning',
    `Data in ${plural(count, 'place')} outside etcd is not in this snapshot.`,
    {
      names: { ...names, more: names.more + moreVolumes },
      next: 'Back these folders up by themselves. A restore brings back the claims, not what is in them.',
    },
  );
}

/** Architectures of the machines in the snapshot, as K3s names them. */
export const archesInside = ({ contents }: SnapshotRead): readonly Arch[] => [
  ...new Set(contents.nodes.map(node => archOf(node.arch)).filter(arch => arch !== undefined)),
];

/** Offline, an image that is in no archive starts no pod. */
export function imagesPart({ contents }: SnapshotRead, { images }: ProofContext): ProofPart {
  const count = plural(contents.images.length, 'image');
  if (contents.images.length === 0) return part('images', 'passed', 'Nothing in it runs an image.');
  if (images.is === 'not-compared')
    return part('images', 'not-checked', `The site runs ${count}. ${images.because}`);
  if (images.missing.length === 0)
    return part('images', 'passed', `The bundle of K3s ${images.k3sVersion} has all ${count} the site runs.`);
  return part(
    'images',
    'warning',
    `Of ${count} the site runs, ${images.missing.length} are not in the bundle of K3s ${images.k3sVersion}.`,
    {
      names: shown(images.missing),
      next: 'Add an archive of them to the bundle, or make sure the nodes still have them.',
    },
  );
}

/** The K3s that made it, for every kind of machine the site has. */
export function binaryPart(read: SnapshotRead, { bundles }: ProofContext): ProofPart {
  const version = versionInside(read);
  if (version === undefined) return part('binary', 'not-checked', 'Which K3s version it needs is not known.');
  const arches = archesInside(read);
  const carried = new Set(
    bundles.filter(bundle => bundle.k3sVersion === version).flatMap(bundle => bundle.arches),
  );
  const missing = arches.filter(arch => !carried.has(arch));
  if (carried.size > 0 && missing.length === 0)
    return part('binary', 'passed', `K3s ${version} is in the vault for ${arches.join(' and ')}.`);
  return part(
    'binary',
    'warning',
    `K3s ${version} is not in the vault${missing.length > 0 ? ` for ${missing.join(' and ')}` : ''}.`,
    {
      next: 'Import the bundle of this version, so that a machine can be set up anew.',
    },
  );
}

/** config.yaml, registries.yaml and the like are files of the servers, not of etcd. */
export function configurationPart({ contents }: SnapshotRead, { configurationOf }: ProofContext): ProofPart {
  const servers = contents.nodes.filter(node => node.role === 'server').map(node => node.name);
  const missing = servers.filter(name => !configurationOf.includes(name));
  if (servers.length > 0 && missing.length === 0)
    return part(
      'configuration',
      'passed',
      `A copy of the configuration of ${servers.join(', ')} is on this laptop.`,
    );
  return part(
    'configuration',
    'warning',
    `No copy of the configuration (/etc/rancher/k3s) ${missing.length > 0 ? `of ${missing.slice(0, 5).join(', ')} ` : ''}is on this laptop.`,
    {
      next: 'Keep a copy of that folder of each server with the snapshot; a restored server needs the same settings.',
    },
  );
}
