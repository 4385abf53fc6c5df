import type { X509Certificate } from 'node:crypto';
import { oneLine } from './said.ts';
import type { CertificateSeen } from './sighting.ts';

/** No K3s certificate comes near this, and a hostile one shall not fill the inventory. */
const mostNames = 256;
/** A DNS name has at most 253 characters. */
const longestName = 253;
const longestSubject = 500;

/** `O=k3s, CN=k3s`: one line; Node has put backslashes before commas and control characters inside a value (RFC 2253). */
const distinguished = (lines: string | undefined): string =>
  oneLine((lines ?? '').split('\n').join(', '), longestSubject);

const name = /\s*(DNS|IP Address|[\w ]+):("(?:[^"\\]|\\.)*"|[^,]*)(?:,|$)/gy;

/** DNS names and IP addresses of Node's text of the alternative names; what is quoted there is unquoted. */
export function alternativeNames(text: string): readonly string[] {
  const found: string[] = [];
  for (const [, kind, value = ''] of text.matchAll(name)) {
    if (found.length === mostNames) break;
    if (kind !== 'DNS' && kind !== 'IP Address') continue;
    const plain = oneLine(unquoted(value), longestName);
    if (plain !== '') found.push(plain);
  }
  return found;
}

function unquoted(value: string): string {
  if (!value.startsWith('"')) return value;
  try {
    return String(JSON.parse(value));
  } catch {
    return value.slice(1, -1);
  }
}

const iso = (date: Date): string => (Number.isNaN(date.getTime()) ? new Date(0) : date).toISOString();

/** What a certificate says of itself, as one who only saw it may keep it. */
export const certificateSeen = (certificate: X509Certificate): CertificateSeen => ({
  subject: distinguished(certificate.subject),
  issuer: distinguished(certificate.issuer),
  sha256: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
  notBefore: iso(certificate.validFromDate),
  notAfter: iso(certificate.validToDate),
  names: alternativeNames(certificate.subjectAltName ?? ''),
  der: certificate.raw.toString('base64'),
});
