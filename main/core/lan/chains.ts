import { createHash, X509Certificate } from 'node:crypto';
import { caHash } from '../server-token.ts';

const pem = /-----BEGIN CERTIFICATE-----[^]+?-----END CERTIFICATE-----/g;
/** A chain of K3s has three links, one with an own root and intermediate CA four. */
const longestChain = 8;
/** Of a hostile server's hundreds each would have to be tried with each. K3s shows one, or a chain. */
const mostCertificates = 10;

/** What `/cacerts` says about the CA, and whether the leaf of this handshake comes from it. */
export interface CaProof {
  /** As K3s counts it; see `caHash`. */
  readonly caHash: string;
  readonly provesCa: boolean;
}

/**
 * Whether the leaf shown in a handshake was issued, signature by signature and through CAs only, under exactly the CA whose hash
 * `/cacerts` gives. The answer of `/cacerts` alone proves nothing: it can be replayed by anybody. Expiry is not judged
 * here: a node with a dead clock is still ours. Undefined when `cacerts` holds no CA.
 */
export function caProof(
  leaf: X509Certificate,
  presented: readonly X509Certificate[],
  cacerts: Uint8Array,
): CaProof | undefined {
  try {
    const shown = certificatesIn(cacerts);
    if (shown.length > mostCertificates) return undefined;
    const hash = caHash(cacerts);
    const anchor = hash === undefined ? undefined : anchorOf(shown, hash);
    if (hash === undefined || anchor === undefined) return undefined;
    return { caHash: hash, provesCa: chainsTo(leaf, anchor, [...shown, ...presented]) };
  } catch {
    // Not a certificate at all between the lines that say so.
    return undefined;
  }
}

const certificatesIn = (text: Uint8Array): readonly X509Certificate[] =>
  (Buffer.from(text).toString('latin1').match(pem) ?? [])
    .slice(0, mostCertificates + 1)
    .map(each => new X509Certificate(each));

/** The certificate that the hash is of: the only one, or the root of the chain. */
const anchorOf = (shown: readonly X509Certificate[], hash: string): X509Certificate | undefined =>
  shown.length === 1
    ? shown[0]
    : shown.find(({ raw }) => createHash('sha256').update(raw).digest('hex') === hash);

/** Whether `leaf` leads to `anchor`, through any of these, each a CA that signed the one before it. */
function chainsTo(
  leaf: X509Certificate,
  anchor: X509Certificate,
  others: readonly X509Certificate[],
): boolean {
  const seen = new Set([leaf.fingerprint256]);
  let level = [leaf];
  for (let links = 1; links < longestChain && level.length > 0; links += 1) {
    const parents = level.flatMap(child => [anchor, ...others].filter(parent => isParent(child, parent)));
    if (parents.some(parent => parent.raw.equals(anchor.raw))) return true;
    level = parents.filter(({ fingerprint256 }) => !seen.has(fingerprint256) && seen.add(fingerprint256));
  }
  return false;
}

const isParent = (child: X509Certificate, parent: X509Certificate): boolean =>
  parent.ca && child.checkIssued(parent) && child.verify(parent.publicKey);
