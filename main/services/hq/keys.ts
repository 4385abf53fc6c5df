import { FieldError } from '../../../preload/contract/failure.ts';
import { isIdentity } from '../../core/hq/identity.ts';
import { secretKey } from '../../core/minisign.ts';
import type { SecretKey } from '../../core/minisign.ts';
import { Secret } from '../../core/secret.ts';
import type { Files } from '../../ports.ts';

const mostKeyBytes = 64 * 1024;

const textOf = async (files: Files, path: string): Promise<string> =>
  Buffer.from(await files.read(path, mostKeyBytes)).toString('utf8');

/** An age identity file as `age-keygen` writes it. Throws `bad-ask` for anything else; its content is never repeated. */
export async function identityFrom(files: Files, path: string): Promise<Secret> {
  const text = await textOf(files, path);
  const lines = text
    .split(/\r?\n/)
    .map(line => line.trim())
    .filter(line => line !== '' && !line.startsWith('#'));
  const sound = await Promise.all(lines.map(line => isIdentity(new Secret(line))));
  if (lines.length > 0 && !sound.includes(false)) return new Secret(text);
  throw new FieldError({
    code: 'bad-ask',
    says: text.startsWith('age-encryption.org/')
      ? 'This key file is itself sealed with a passphrase.'
      : 'This file holds no age identity (a line that starts with AGE-SECRET-KEY-1), or a character of it is wrong.',
    about: path,
    untouched: 'Nothing was opened.',
    next: text.startsWith('age-encryption.org/')
      ? 'Open it with `age -d` into a file that only you can read, and name that one.'
      : 'Name the key file of headquarters, as age-keygen wrote it.',
  });
}

/** A minisign secret key file without a password. Throws `bad-ask`; its content is never repeated. */
export async function signerFrom(files: Files, path: string): Promise<SecretKey> {
  const text = await textOf(files, path);
  const key = secretKey(text);
  if (key) return key;
  const isLocked = Buffer.from(text.split(/\r?\n/)[1] ?? '', 'base64').length === 158;
  throw new FieldError({
    code: 'bad-ask',
    says: isLocked
      ? 'This signing key is protected with a password, and Coldstart does not ask for one here.'
      : 'This file is no minisign secret key.',
    about: path,
    untouched: 'Nothing was signed.',
    next: isLocked
      ? 'Make the key with `minisign -G -W`, without a password, and keep the file where only this account can read it. A key that has a password loses it with `minisign -C -W`.'
      : 'Name the secret half, as `minisign -G -W` made it (minisign.key), not the .pub file.',
  });
}
