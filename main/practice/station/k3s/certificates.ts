import './reflect.ts';
import { createPrivateKey, generateKeyPairSync, webcrypto } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { Chance } from '../../../ports.ts';

// Loaded once reflect.ts ran: a bundler moves static imports of packages in front of our own code.
const x509 = await import('@peculiar/x509');

/** A certificate and its key as PEM, as K3s lays them on disk. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
// Its types name the browser's CryptoKey; Node's own is the same thing at run time.
const theirs = <T>(key: unknown): T => key as T;
const year = 365 * 86_400_000;

async function keys(): Promise<{ pair: webcrypto.CryptoKeyPair; pem: string }> {
  const made = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const bytes = (key: KeyObject, type: 'pkcs8' | 'spki') =>
    key.export({ type: type as 'spki', format: 'der' });
  const [privateKey, publicKey] = await Promise.all([
    webcrypto.subtle.importKey('pkcs8', bytes(made.privateKey, 'pkcs8'), algorithm, true, ['sign']),
    webcrypto.subtle.importKey('spki', bytes(made.publicKey, 'spki'), algorithm, true, ['verify']),
  ]);
  const pem = made.privateKey.export({ type: 'sec1', format: 'pem' }).toString();
  return { pair: { privateKey, publicKey }, pem };
}

/** Something that signs: its certificate and key. */
export interface Authority extends Pair {
  readonly name: string;
  readonly signing: webcrypto.CryptoKey;
}

const serial = (chance: Chance): string => `00${Buffer.from(chance.bytes(8)).toString('hex')}`;

/** A self-signed CA, ten years valid from an hour ago, as K3s makes them. */
export async function authority(name: string, now: number, chance: Chance): Promise<Authority> {
  const { pair, pem } = await keys();
  const cert = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(chance),
    name: `CN=${name}`,
    notBefore: new Date(now),
    notAfter: new Date(now + 10 * year),
    signingAlgorithm: algorithm,
    keys: theirs(pair),
    extensions: [
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.digitalSignature |
          x509.KeyUsageFlags.keyEncipherment |
          x509.KeyUsageFlags.keyCertSign,
        true,
      ),
      new x509.BasicConstraintsExtension(true, undefined, true),
      await x509.SubjectKeyIdentifierExtension.create(theirs(pair.publicKey)),
    ],
  });
  return { name, cert: `${cert.toString('pem')}\n`, key: pem, signing: pair.privateKey };
}

export interface LeafOf {
  readonly by: Authority;
  /** Distinguished name, e.g. `O=k3s,CN=k3s`. */
  readonly subject: string;
  readonly use: 'server' | 'client' | 'both';
  readonly names?: readonly string[];
  readonly now: number;
  readonly chance: Chance;
}

/** A leaf, one year valid. */
export async function leaf({ by, subject, use, names = [], now, chance }: LeafOf): Promise<Pair> {
  const { pair, pem } = await keys();
  const uses = {
    server: [x509.ExtendedKeyUsage.serverAuth],
    client: [x509.ExtendedKeyUsage.clientAuth],
    both: [x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth],
  }[use];
  const entries = names.map(name => ({
    type: /^[0-9.]+$|:/.test(name) ? ('ip' as const) : ('dns' as const),
    value: name,
  }));
  const cert = await x509.X509CertificateGenerator.create({
    serialNumber: serial(chance),
    subject,
    issuer: `CN=${by.name}`,
    notBefore: new Date(now),
    notAfter: new Date(now + year),
    signingAlgorithm: algorithm,
    publicKey: theirs(pair.publicKey),
    signingKey: theirs(by.signing),
    extensions: [
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment,
        true,
      ),
      new x509.ExtendedKeyUsageExtension(uses),
      ...(entries.length > 0 ? [new x509.SubjectAlternativeNameExtension(entries)] : []),
    ],
  });
  return { cert: `${cert.toString('pem')}\n`, key: pem };
}

/** A CA from its files, able to sign again. */
export async function openAuthority(cert: string, key: string): Promise<Authority> {
  const der = createPrivateKey(key).export({ type: 'pkcs8', format: 'der' });
  const signing = await webcrypto.subtle.importKey('pkcs8', der, algorithm, true, ['sign']);
  const name = new x509.X509Certificate(cert).subject.replace(/^CN=/, '');
  return { name, cert, key, signing };
}
