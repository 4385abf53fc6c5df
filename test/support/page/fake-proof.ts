import type { CallHandlers } from '../../../main/bridge/handlers.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { Snapshot } from '../../../preload/contract/domain.ts';
import type {
  CatalogueEntry,
  KeptProof,
  ProofPart,
  SnapshotProof,
} from '../../../preload/contract/snapshots/proof.ts';
import { part } from '../../../main/core/snapshot-proof/part.ts';
import { catalogueEntry } from '../../../main/core/snapshot-proof/catalogue.ts';
import { verdictOf, verdictSays } from '../../../main/core/snapshot-proof/verdict.ts';
import * as made from './made-up.ts';

const good: readonly ProofPart[] = [
  part('file', 'passed', 'It is an etcd snapshot, 4.6 MiB.'),
  part('trailer', 'passed', 'The SHA-256 at its end matches its content.'),
  part('pages', 'passed', 'All pages were walked: 4.6 MiB are sound.'),
  part('keys', 'passed', '812 keys: the wrapping of all 804 objects is sound, and 64 were read whole.'),
  part('reference', 'passed', 'Its SHA-256 is the one recorded on summit-1 when it was pulled.'),
  part('token', 'passed', 'The server token kept in the vault opens it.'),
  part(
    'site',
    'passed',
    'It is of the site “North station”: it carries the CA 43ebed159a30…, made 2026-01-14.',
  ),
  part('secrets', 'warning', 'Encryption is on, and 2 Secrets still lie in the clear.', {
    names: {
      names: [
        '/registry/secrets/shop/database',
        '/registry/secrets/a-namespace-with-a-long-name/registry-credentials-of-the-station',
      ],
      more: 0,
    },
    next: 'On a server run `k3s secrets-encrypt rotate-keys` (older K3s: reencrypt), then take a new snapshot.',
  }),
  part('versions', 'passed', 'It was made by K3s v1.35.2+k3s1 with etcd 3.6.0, and summit-1 runs the same.'),
  part('age', 'passed', 'It was saved 3 hours ago.'),
  part('members', 'passed', '3 members of etcd; 3 servers and 1 agent.', {
    names: {
      names: ['server: summit-1 192.168.40.11 v1.35.2+k3s1', 'agent: hut-2 192.168.40.12 v1.35.2+k3s1'],
      more: 0,
    },
  }),
  part('alarms', 'passed', 'No alarm was raised.'),
  part('quota', 'passed', 'The database has 4.6 MiB, 0 % of etcd’s usual limit (2048 MiB).'),
  part('volumes', 'warning', 'Data in 1 place outside etcd is not in this snapshot.', {
    names: { names: ['summit-1: /var/lib/rancher/k3s/storage/pvc-7c1 (shop/data)'], more: 0 },
    next: 'Back these folders up by themselves. A restore brings back the claims, not what is in them.',
  }),
  part('images', 'passed', 'The bundle of K3s v1.35.2+k3s1 has all 12 images the site runs.'),
  part('binary', 'passed', 'K3s v1.35.2+k3s1 is in the vault for amd64.'),
  part(
    'configuration',
    'warning',
    'No copy of the configuration (/etc/rancher/k3s) of summit-1 is on this laptop.',
    {
      next: 'Keep a copy of that folder of each server with the snapshot; a restored server needs the same settings.',
    },
  ),
];
const instead = (...other: readonly ProofPart[]): readonly ProofPart[] =>
  good.map(each => other.find(({ part: name }) => name === each.part) ?? each);
const noToken = part(
  'token',
  'not-checked',
  'No server token is at hand. It needs the one with the hash b1946ac92492.',
  {
    next: 'Give the server token: the text of /var/lib/rancher/k3s/server/token on a server of that site.',
  },
);
const broken = part(
  'trailer',
  'failed',
  'The SHA-256 at its end does not match its content: the file was changed or damaged.',
  {
    next: 'Do not restore from it. Take another copy, from the node or from a stick.',
  },
);

function proof(path: string, parts: readonly ProofPart[], snapshot?: Snapshot): SnapshotProof {
  const verdict = verdictOf(parts);
  return {
    path,
    ...(snapshot ? { snapshot: snapshot.id } : {}),
    at: made.ago(1),
    verdict,
    says: verdictSays(verdict, parts),
    parts,
    missing: [],
    sha256: snapshot?.sha256 ?? 'ab'.repeat(32),
    bytes: 4_800_512,
    status: {
      hash: 1,
      revision: '180112',
      totalKey: 812,
      totalSize: 4_800_480,
      rule: '3.6',
      version: '3.6.0',
      zipped: false,
      hasTrailer: true,
      isMetaTorn: false,
    },
    siteName: 'North station',
    k3sVersion: 'v1.35.2+k3s1',
    members: [],
    nodes: [
      {
        name: 'summit-1',
        role: 'server',
        addresses: [],
        k3sVersion: 'v1.35.2+k3s1',
        arch: 'amd64',
        osImage: '',
        kernel: '',
      },
    ],
    secrets: [],
    volumes: [],
    images: [],
    liveKeys: 812,
  };
}

/** Proofs and catalogue as a healthy host would give them; `?scenario=unproven` has no token. */
export function proofStandIn(
  scenario: string,
  snapshots: () => readonly Snapshot[],
  remove: (id: string) => void,
): Pick<CallHandlers, 'snapshot.prove' | 'snapshot.proofs' | 'snapshot.catalogue' | 'snapshot.remove'> {
  const partsOf = (snapshot: Snapshot | undefined): readonly ProofPart[] => {
    if (snapshot && !snapshot.check.intact) return instead(broken);
    return scenario === 'unproven' ? instead(noToken) : good;
  };
  const proven = new Set(made.snapshots.map(each => each.id));
  const kept = (): readonly KeptProof[] =>
    snapshots()
      .filter(each => proven.has(each.id))
      .map(each => ({ snapshot: each.id, proof: proof(each.path, partsOf(each), each) }));
  return {
    'snapshot.prove': ({ of, token }) => {
      if (of.is === 'file') return proof(of.path, token === undefined ? instead(noToken) : good);
      proven.add(of.snapshot);
      const copy = snapshots().find(each => each.id === of.snapshot);
      return proof(copy?.path ?? '', token === undefined ? partsOf(copy) : good, copy);
    },
    'snapshot.proofs': () => kept(),
    'snapshot.catalogue': (): readonly CatalogueEntry[] =>
      snapshots().map((each, i) =>
        catalogueEntry(each, {
          isHere: true,
          listing: { at: made.ago(0), names: i === 0 ? [each.name] : [] },
          exports: [],
          proof: kept().find(one => one.snapshot === each.id),
        }),
      ),
    'snapshot.remove': ({ snapshot, typed }) => {
      const copy = snapshots().find(each => each.id === snapshot);
      if (!copy || typed !== copy.name)
        throw new FieldError({ code: 'no-proven-copy', says: 'No other proven copy is known.' });
      remove(snapshot);
      return { snapshot, name: copy.name, movedTo: `/removed/${copy.name}`, says: 'It was moved aside.' };
    },
  };
}
