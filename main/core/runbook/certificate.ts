import { X509Certificate } from 'node:crypto';

import { address } from './addresses.ts';
import type { Judged } from './step.ts';

const pem = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** Certificates in a PEM text, in order; undefined when one of them cannot be read. */
function certificates(text: string): X509Certificate[] | undefined {
  try {
    return (text.match(pem) ?? []).map(one => new X509Certificate(one));
  } catch {
    return undefined;
  }
}

const day = (at: Date): string => at.toISOString().slice(0, 10);
const names = (leaf: X509Certificate, wanted: readonly string[]): readonly string[] =>
  wanted.filter(
    name => (address(name) ? leaf.checkIP(name) : leaf.checkHost(name, { wildcards: false })) === undefined,
  );

/**
 * Does the API certificate hold: signed by the cluster's CA, good for every wanted name and address, valid at the
 * laptop's time? `ca` and `serving` are PEM texts as they lie on the node.
 */
export function judgeCertificate(ca: string, serving: string, wanted: readonly string[], now: Date): Judged {
  const roots = certificates(ca);
  const chain = certificates(serving);
  const leaf = chain?.[0];
  if (!roots || roots.length === 0) return { is: 'not-so', saw: 'The node’s CA certificate cannot be read.' };
  if (!leaf) return { is: 'not-so', saw: 'The node’s API certificate cannot be read.' };
  const issuer = [...roots, ...chain.slice(1)].find(
    one => leaf.checkIssued(one) && leaf.verify(one.publicKey),
  );
  if (!issuer) return { is: 'not-so', saw: 'The API certificate is not signed by the cluster’s CA.' };
  for (const one of [leaf, ...roots]) {
    if (one.validFromDate > now)
      return {
        is: 'not-so',
        saw: `A certificate is not valid before ${day(one.validFromDate)}, and the laptop says it is ${day(now)}: one of the clocks is wrong.`,
      };
    if (one.validToDate <= now)
      return { is: 'not-so', saw: `A certificate expired on ${day(one.validToDate)}.` };
  }
  const missing = names(leaf, wanted);
  if (missing.length > 0)
    return { is: 'not-so', saw: `The API certificate does not name ${missing.join(', ')}.` };
  return {
    is: 'so',
    saw: `signed by the cluster’s CA, names ${wanted.join(', ')}, valid until ${day(leaf.validToDate)}`,
  };
}
