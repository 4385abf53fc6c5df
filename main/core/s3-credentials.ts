import { FieldError } from '../../preload/contract/failure.ts';
import { Secret } from './secret.ts';

/** What opens an S3 store. */
export interface S3Credentials {
  readonly accessKey: string;
  readonly secretKey: Secret;
}

/** Reads two lines, the access key and the secret key. Throws `bad-ask`; neither is repeated. */
export function s3CredentialsIn(text: Secret): S3Credentials {
  const [accessKey = '', secretKey = '', ...more] = text
    .reveal()
    .split(/\r?\n/)
    .map(line => line.trim())
    .filter(line => line !== '');
  const plain = /^[\x21-\x7e]{3,256}$/;
  if (plain.test(accessKey) && plain.test(secretKey) && more.length === 0)
    return { accessKey, secretKey: new Secret(secretKey) };
  throw new FieldError({
    code: 'bad-ask',
    says: 'Credentials of an S3 store are two lines: the access key, then the secret key.',
    untouched: 'Nothing was kept.',
    next: 'Write them into a file with nothing else in it.',
  });
}
