import { tokenHash } from '../../server-token.ts';
import { Secret } from '../../secret.ts';
import { settingIn, withSetting } from './config-line.ts';

/** Hash of the token a config.yaml gives; undefined when it gives none or cannot be read. */
export function tokenInConfig(text: string): string | undefined {
  const raw = settingIn(text, 'token');
  const token = typeof raw === 'number' ? String(raw) : raw;
  return typeof token === 'string' && token !== '' ? tokenHash(new Secret(token)) : undefined;
}

/** Does this node join another server? Then it needs the full token, which names the CA; a first server takes the short one. */
export const joinsAnother = (text: string): boolean => /^["']?server["']?\s*:\s*\S/m.test(text);

/** The config with this token. */
export const withToken = (text: string, token: Secret): string => withSetting(text, 'token', token.reveal());
