import { X509Certificate } from 'node:crypto';
import { caProof } from './chains.ts';
import type { CertificateSeen, Sighting, Talk } from './sighting.ts';

/**
 * Whether the kubelet at an address holds a certificate of a cluster whose server proved its CA in the same scan. An agent
 * shows no CA itself; but its handshake proves that it holds its leaf, and the server's CA that it signed it. `forged`: it
 * names that CA as its issuer, and that CA did not sign it.
 */
export type KubeletProof = { readonly is: 'proven'; readonly caHash: string } | { readonly is: 'forged' };

const talkAt = (sighting: Sighting, port: number): Talk | undefined => {
  const what = sighting.ports.get(port);
  return what?.is === 'open' ? what.talk : undefined;
};

interface Authority {
  readonly caHash: string;
  readonly pem: Uint8Array;
  readonly issuer: string;
}

/** What `/cacerts` of every server gave that proved to hold a certificate of it. */
function authorities(sightings: readonly Sighting[]): readonly Authority[] {
  const found = new Map<string, Authority>();
  for (const sighting of sightings) {
    const talk = talkAt(sighting, 6443);
    const body = talk?.http?.find(({ path, status }) => path === '/cacerts' && status === 200)?.body;
    const issuer = talk?.certificates?.[0]?.issuer;
    if (talk?.provesCa !== true || talk.caHash === undefined || body === undefined || issuer === undefined)
      continue;
    found.set(talk.caHash, { caHash: talk.caHash, pem: Buffer.from(body), issuer });
  }
  return [...found.values()];
}

function proofOf(leaf: CertificateSeen, known: readonly Authority[]): KubeletProof | undefined {
  if (leaf.der === undefined) return undefined;
  const certificate = new X509Certificate(Buffer.from(leaf.der, 'base64'));
  const signer = known.find(({ pem }) => caProof(certificate, [], pem)?.provesCa === true);
  if (signer) return { is: 'proven', caHash: signer.caHash };
  return known.some(({ issuer }) => issuer === leaf.issuer) ? { is: 'forged' } : undefined;
}

/** By address. Addresses without a kubelet, or of a cluster none of whose servers was heard, are left out. */
export function kubeletProofs(sightings: readonly Sighting[]): ReadonlyMap<string, KubeletProof> {
  const known = authorities(sightings);
  const proofs = new Map<string, KubeletProof>();
  if (known.length === 0) return proofs;
  for (const sighting of sightings) {
    const leaf = talkAt(sighting, 10_250)?.certificates?.[0];
    const proof = leaf && proofOf(leaf, known);
    if (proof) proofs.set(sighting.address, proof);
  }
  return proofs;
}
