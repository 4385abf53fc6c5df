import { createHash, createHmac } from 'node:crypto';
import type { Secret } from '../secret.ts';

/** Who signs, and for which region of a store. */
export interface S3Keys {
  readonly id: string;
  readonly secret: Secret;
  readonly region: string;
}

export interface S3Put {
  readonly host: string;
  /** With every part percent-encoded as `s3Path` does. */
  readonly path: string;
  /** Hex SHA-256 of what is sent. */
  readonly sha256: string;
  readonly at: Date;
  /** Further headers to sign, by lower-case name. */
  readonly headers?: Readonly<Record<string, string>>;
}

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** Percent-encodes what is not `A-Z a-z 0-9 - . _ ~`, and keeps the slashes between parts. */
export const s3Path = (...parts: readonly string[]): string =>
  parts
    .flatMap(part => part.split('/'))
    .filter(part => part !== '')
    .map(
      part =>
        `/${encodeURIComponent(part).replaceAll(/[!'()*]/g, c => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)}`,
    )
    .join('');

/**
 * Headers of a PUT signed with AWS Signature Version 4, the content's hash included: a store refuses other content.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
export function signedPut(
  { host, path, sha256, at, headers = {} }: S3Put,
  { id, secret, region }: S3Keys,
): Readonly<Record<string, string>> {
  const moment = at.toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const day = moment.slice(0, 8);
  const sent: Record<string, string> = {
    ...headers,
    host,
    'x-amz-content-sha256': sha256,
    'x-amz-date': moment,
  };
  const names = Object.keys(sent).toSorted();
  const canonical = [
    'PUT',
    path,
    '',
    ...names.map(name => `${name}:${(sent[name] ?? '').trim()}`),
    '',
    names.join(';'),
    sha256,
  ].join('\n');
  const scope = `${day}/${region}/s3/aws4_request`;
  const hash = createHash('sha256').update(canonical).digest('hex');
  const toSign = `AWS4-HMAC-SHA256\n${moment}\n${scope}\n${hash}`;
  const key = [day, region, 's3', 'aws4_request'].reduce<string | Buffer>(
    (made, text) => hmac(made, text),
    `AWS4${secret.reveal()}`,
  );
  const signature = hmac(key, toSign).toString('hex');
  return {
    ...sent,
    authorization: `AWS4-HMAC-SHA256 Credential=${id}/${scope},SignedHeaders=${names.join(';')},Signature=${signature}`,
  };
}
