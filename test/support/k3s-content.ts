import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { systemChance } from '../../main/machine/chance.ts';
import { authority } from '../../main/practice/station/k3s/certificates.ts';
import { database, withTrailer } from '../../main/practice/station/k3s/snapshot.ts';

const folder = join(import.meta.dirname, '../../resources/practice/snapshot');
const day = 86_400_000;

/** A self-signed CA as K3s makes one, as PEM. */
export const testCa = async (name: string): Promise<string> =>
  (await authority(name, Date.now() - 30 * day, systemChance)).cert;

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** What K3s writes as its encryption configuration. */
export const encryptionConfig = (key: Uint8Array, name = 'aescbckey', on = true): string => {
  const sealed = { aescbc: { keys: [{ name, secret: Buffer.from(key).toString('base64') }] } };
  const providers = on ? [sealed, { identity: {} }] : [{ identity: {} }, sealed];
  return JSON.stringify({
    kind: 'EncryptionConfiguration',
    apiVersion: 'apiserver.config.k8s.io/v1',
    resources: [{ resources: ['secrets'], providers }],
  });
};

/** The bootstrap data of K3s as JSON (k3s `pkg/cluster/bootstrap.go`), as far as anybody reads it. */
export function bootstrapData(ca: string, encryption?: string): string {
  const entry = (text: string): object => ({ Timestamp: '2026-01-01T00:00:00Z', Content: base64(text) });
  return JSON.stringify({
    ServerCA: entry(ca),
    ServerCAKey: entry('no key'),
    ...(encryption === undefined ? {} : { EncryptionConfig: entry(encryption) }),
  });
}

export interface MadeSnapshot {
  readonly password: string;
  readonly ca: string;
  /** Secrets are sealed, and this is what the bootstrap data says of it; left out, they lie in the clear. */
  readonly secretKey?: Uint8Array;
  /** In place of what fits the key. */
  readonly encryption?: string;
}

/**
 * A genuine snapshot of etcd 3.5, as a fresh K3s v1.33.5+k3s1 keeps it, with this token and CA: the one of the practice
 * station.
 */
export function k3sSnapshot({ password, ca, secretKey, encryption }: MadeSnapshot): Buffer {
  const config = encryption ?? (secretKey && encryptionConfig(secretKey));
  const of = {
    password,
    bootstrap: bootstrapData(ca, config),
    secretKey,
    clusterUid: '0a1b2c3d-aaaa-4bbb-8ccc-000000000001',
    machineId: 'ab'.repeat(16),
    bootId: '0a1b2c3d-aaaa-4bbb-8ccc-000000000002',
    createdAt: Math.floor(Date.now() / 1000) - 3600,
  };
  return withTrailer(database(folder, of, systemChance));
}

export const newPassword = (): string => randomBytes(16).toString('hex');
