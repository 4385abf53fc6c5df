import assert from 'node:assert/strict';
import { createHash, webcrypto, X509Certificate } from 'node:crypto';
import test from 'node:test';
import '../../../main/practice/station/k3s/reflect.ts';
import { caProof } from '../../../main/core/lan/chains.ts';

// Loaded once what it needs was loaded.
const x509 = await import('@peculiar/x509');
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const newKeys = (): Promise<CryptoKeyPair> =>
  webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']) as Promise<CryptoKeyPair>;

interface Made {
  readonly name: string;
  readonly keys: CryptoKeyPair;
  readonly cert: X509Certificate;
  readonly pem: string;
}

const year = 31_536_000_000;

/** A certificate; without `by` it signs itself. */
async function made(name: string, by?: Made, { ca = true, expired = false } = {}): Promise<Made> {
  const own = await newKeys();
  const made = await x509.X509CertificateGenerator.create({
    subject: `CN=${name}`,
    issuer: `CN=${by?.name ?? name}`,
    notBefore: new Date(Date.now() - 3 * year),
    notAfter: new Date(Date.now() + (expired ? -1 : 1) * year),
    signingAlgorithm: algorithm,
    publicKey: own.publicKey,
    signingKey: (by?.keys ?? own).privateKey,
    extensions: [new x509.BasicConstraintsExtension(ca)],
  });
  const pem = `${made.toString('pem')}\n`;
  return { name, keys: own, cert: new X509Certificate(pem), pem };
}

const proof = (leaf: Made, presented: readonly Made[], cacerts: string) =>
  caProof(
    leaf.cert,
    [leaf, ...presented].map(({ cert }) => cert),
    Buffer.from(cacerts),
  );
const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

test('a leaf of the CA that /cacerts shows proves it', async () => {
  const root = await made('root');
  const leaf = await made('node', root, { ca: false });
  assert.deepEqual(proof(leaf, [], root.pem), { caHash: sha256(root.pem), provesCa: true });
});

test('an expired chain still tells whose it is', async () => {
  const root = await made('root', undefined, { expired: true });
  const leaf = await made('node', root, { ca: false, expired: true });
  assert.equal(proof(leaf, [], root.pem)?.provesCa, true);
});

test('a chain with its own root counts to the root, through what was presented or shown', async () => {
  const root = await made('root');
  const middle = await made('middle', root);
  const leaf = await made('node', middle, { ca: false });
  const expected = { caHash: sha256(root.cert.raw), provesCa: true };
  assert.deepEqual(proof(leaf, [], middle.pem + root.pem), expected);
  assert.deepEqual(proof(leaf, [middle], middle.pem + root.pem), expected);
});

test('a copied /cacerts with a leaf of another CA of the same name proves nothing', async () => {
  const [ours, theirs] = [await made('k3s-server-ca'), await made('k3s-server-ca')];
  const leaf = await made('node', theirs, { ca: false });
  assert.deepEqual(proof(leaf, [theirs], ours.pem), { caHash: sha256(ours.pem), provesCa: false });
  // Neither does showing both: the hash is then of no known site, or the leaf still not of the one it is of.
  const both = proof(leaf, [theirs], theirs.pem + ours.pem);
  assert.equal(both?.caHash, sha256(theirs.cert.raw));
  assert.equal(proof(leaf, [theirs], ours.pem + theirs.pem)?.provesCa, false);
});

test('a certificate of the cluster that is no CA cannot vouch for another', async () => {
  const root = await made('root');
  const stolen = await made('node', root, { ca: false });
  const forged = await made('server', stolen, { ca: false });
  assert.equal(proof(forged, [stolen], root.pem)?.provesCa, false);
});

test('the CA shown as its own leaf by somebody else is only a name', async () => {
  const ours = await made('root');
  const pretended = await made('root');
  assert.equal(proof(pretended, [ours], ours.pem)?.provesCa, false);
});

test('what holds no certificate gives nothing', async () => {
  const leaf = await made('root');
  for (const text of ['', 'pong', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'])
    assert.equal(proof(leaf, [], text)?.provesCa ?? false, false);
});

test('hundreds of certificates are not tried one with another', async () => {
  const root = await made('root');
  const leaf = await made('node', root, { ca: false });
  assert.equal(proof(leaf, [], root.pem.repeat(100)), undefined);
});
