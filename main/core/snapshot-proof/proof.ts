import type { ProofPart, SnapshotProof } from '../../../preload/contract/snapshots/proof.ts';
import { proofParts } from '../../../preload/contract/snapshots/proof.ts';
import {
  agePart,
  alarmsPart,
  etcdInside,
  membersPart,
  quotaPart,
  versionInside,
  versionsPart,
} from './cluster-parts.ts';
import type { ProofContext } from './context.ts';
import { filePart, keysPart, pagesPart, referencePart, trailerPart } from './file-parts.ts';
import type { MeasuredSnapshot, SnapshotRead } from './measured.ts';
import { archOf } from './nodes.ts';
import { part } from './part.ts';
import { archesInside, binaryPart, configurationPart, imagesPart, volumesPart } from './site-parts.ts';
import { secretsPart, siteOf, sitePart, tokenPart } from './token-parts.ts';
import { ofTheSite, verdictOf, verdictSays } from './verdict.ts';

const unread = 'The file is no snapshot that can be read.';

/** All parts in the order they are told. What was never read stands as not checked. */
function partsOf(measured: MeasuredSnapshot, context: ProofContext): readonly ProofPart[] {
  const head = [filePart(measured), trailerPart(measured)];
  const { read } = measured;
  if (read.is === 'refused') {
    const rest = proofParts.filter(name => !head.some(each => each.part === name));
    return [...head, ...rest.map(name => part(name, 'not-checked', unread))];
  }
  return [
    ...head,
    pagesPart(read),
    keysPart(read),
    referencePart(measured, context),
    tokenPart(read, context),
    sitePart(read, context),
    secretsPart(read),
    versionsPart(read, context),
    agePart(read, context),
    membersPart(read),
    alarmsPart(read),
    quotaPart(read),
    volumesPart(read),
    imagesPart(read, context),
    binaryPart(read, context),
    configurationPart(read, context),
  ];
}

type Optional = { [K in keyof SnapshotProof]?: SnapshotProof[K] | undefined };
const present = (maybe: Optional): Partial<SnapshotProof> =>
  Object.fromEntries(
    Object.entries(maybe).filter(([, value]) => value !== undefined),
  ) as Partial<SnapshotProof>;

function insideOf(read: SnapshotRead, context: ProofContext) {
  const opened = read.token.is === 'opened' ? read.token.opened : undefined;
  const site = siteOf(read, context);
  const arches = archesInside(read);
  return {
    ...present({
      site: site?.id,
      siteName: site?.name,
      caHash: opened?.caHash,
      caNotBefore: opened?.caNotBefore,
      clusterUid: read.contents.clusterUid,
      k3sVersion: versionInside(read),
      etcdVersion: etcdInside(read),
      arch: archOf(read.contents.nodes.find(node => node.role === 'server')?.arch ?? '') ?? arches[0],
    }),
    status: read.status,
    members: read.facts.members.map(({ name, peerUrls }) => ({ name, peerUrl: peerUrls.join(' ') })),
    nodes: read.contents.nodes,
    secrets: read.contents.secrets.rows,
    volumes: read.contents.volumes,
    images: read.contents.images,
    liveKeys: read.liveKeys,
  };
}

const nothing = { members: [], nodes: [], secrets: [], volumes: [], images: [], liveKeys: 0 };

/** The proof of a snapshot, from what was measured on the file and what the laptop knows. Holds no secret. */
export function proofOf(measured: MeasuredSnapshot, context: ProofContext): SnapshotProof {
  const parts = partsOf(measured, context);
  const verdict = verdictOf(parts);
  const { read } = measured;
  return {
    path: context.path,
    ...(context.snapshot === undefined ? {} : { snapshot: context.snapshot }),
    at: context.at.toISOString(),
    verdict,
    says: verdictSays(verdict, parts),
    parts,
    missing:
      read.is === 'refused'
        ? []
        : parts.filter(each => ofTheSite.has(each.part) && each.is !== 'passed').map(each => each.says),
    sha256: measured.sha256,
    bytes: measured.bytes,
    ...(read.is === 'refused' ? nothing : insideOf(read, context)),
  };
}
