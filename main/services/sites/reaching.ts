import type { Login } from '../../../preload/contract/domain.ts';
import { FieldError } from '../../../preload/contract/failure.ts';

const refuse = (says: string, next: string): never => {
  throw new FieldError({ code: 'bad-ask', says, untouched: 'Nothing was changed.', next });
};

const hostName = /^[\p{L}\p{N}_](?:[\p{L}\p{N}._-]*[\p{L}\p{N}_.])?$/u;
const v6 = /^(?=(?:[^:]*:){2})[0-9a-f:.]+(?:%[\w.-]+)?$/i;

/** A host name, an IP address (IPv6 also in brackets or with a zone) or a `Host` of ~/.ssh/config. Throws `bad-ask`. */
export function nodeAddress(raw: string): string {
  const text = raw.trim().normalize('NFC');
  const address = /^\[(.*)\]$/.exec(text)?.[1] ?? text;
  const fits = address.length <= 253;
  if (fits && (v6.test(address) || hostName.test(address))) return address;
  if (/^[^@:]+@/.test(address))
    return refuse(
      'The address has a user in it.',
      'Give the user in its own field, and here what follows the @.',
    );
  if (/^[^:]+:\d+$/.test(address))
    return refuse(
      'The address has a port in it.',
      'Give the port in its own field, and here what stands before the colon.',
    );
  return refuse(
    'That is not an address of a node.',
    'Give a host name, an IP address, or a Host of ~/.ssh/config: letters, digits, dots, dashes; colons for IPv6.',
  );
}

/** A login name as Unix, LDAP and Active Directory have them. Throws `bad-ask`. */
export function loginUser(raw: string): string {
  const user = raw.trim().normalize('NFC');
  if (user.length <= 64 && /^[\p{L}\p{N}_.][\p{L}\p{N}_.@\\+$-]*$/u.test(user)) return user;
  return refuse(
    'That is not a login name.',
    'Give the user as you would type it at the login prompt: letters, digits, dots, dashes and underscores.',
  );
}

/** How to log in, with the path of a key made sure to mean the same from every door. Throws `bad-ask`. */
export function loginWay(login: Login): Login {
  if (login.is !== 'key') return login;
  const { path } = login;
  if (path.length > 4096 || /\p{Cc}/u.test(path))
    return refuse(
      'That path of a key has a control character in it, or is too long.',
      'Choose the key file again.',
    );
  if (!/^(?:\/|~\/|[A-Za-z]:[\\/]|\\\\)/.test(path))
    return refuse(
      'The path of the key is not complete.',
      'Give it from the root (/home/…) or from your home folder (~/.ssh/…).',
    );
  return login;
}
