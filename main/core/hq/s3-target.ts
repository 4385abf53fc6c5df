import { Secret } from '../secret.ts';
import type { S3Keys } from './sigv4.ts';
import { s3Path } from './sigv4.ts';

/** A bucket of an S3-compatible store, and a folder in it. */
export interface S3Target {
  /** `https://host[:port]` */
  readonly origin: string;
  readonly host: string;
  /** Of the endpoint, the bucket and the folder. */
  readonly path: string;
  /** As it was named, to be shown. */
  readonly name: string;
}

/** Reads `s3://bucket/folder` and the address of the store; a sentence when one of them is wrong. */
export function s3Target(to: string, endpoint: string): S3Target | string {
  const [, bucket, folder = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/.exec(to) ?? [];
  if (bucket === undefined) return 'A place in a store is written s3://bucket/folder.';
  if (folder.split('/').some(part => part === '.' || part === '..'))
    return 'The folder in the store must not hold . or .. as a part.';
  if (!URL.canParse(endpoint)) return 'The address of the store is written https://host or http://host:port.';
  const url = new URL(endpoint);
  if (!['http:', 'https:'].includes(url.protocol) || url.search !== '' || url.username !== '')
    return 'The address of the store is written https://host or http://host:port, and nothing more.';
  const path = s3Path(decodeURIComponent(url.pathname), bucket, folder);
  return { origin: url.origin, host: url.host, path, name: `${url.origin}${path}` };
}

/** Reads a credentials file as the AWS tools write it; undefined when the two keys are not in it. */
export function s3Keys(text: string): S3Keys | undefined {
  const value = (name: string): string | undefined =>
    new RegExp(`^\\s*${name}\\s*=\\s*(\\S+)\\s*$`, 'm').exec(text)?.[1];
  const [id, secret] = [value('aws_access_key_id'), value('aws_secret_access_key')];
  return id === undefined || secret === undefined
    ? undefined
    : { id, secret: new Secret(secret), region: value('region') ?? 'us-east-1' };
}
