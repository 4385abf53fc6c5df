import { parseDocument } from 'yaml';

import { tokenHash } from '../../server-token.ts';
import { Secret } from '../../secret.ts';

/** Hash of the token a config.yaml gives; undefined when it gives none or cannot be read. */
export function tokenInConfig(text: string): string | undefined {
  const doc = parseDocument(text, { logLevel: 'silent' });
  const raw: unknown = doc.errors.length > 0 ? undefined : doc.toJS();
  if (typeof raw !== 'object' || raw === null || !('token' in raw)) return undefined;
  const token = typeof raw.token === 'number' ? String(raw.token) : raw.token;
  return typeof token === 'string' && token !== '' ? tokenHash(new Secret(token)) : undefined;
}

/** Does this node join another server? Then it needs the full token, which names the CA; a first server takes the short one. */
export const joinsAnother = (text: string): boolean => /^["']?server["']?\s*:\s*\S/m.test(text);

/** The config with this token; its line is replaced where it stood, else put on top. Block values (`|`) go with it. */
export function withToken(text: string, token: Secret): string {
  const line = `token: ${JSON.stringify(token.reveal())}`;
  const lines = text.split('\n');
  const at = lines.findIndex(one => /^["']?token["']?\s*:/.test(one));
  if (at < 0) return `${line}\n${text}`;
  let end = at + 1;
  while (end < lines.length && /^\s+\S/.test(lines[end] ?? '')) end++;
  return [...lines.slice(0, at), line, ...lines.slice(end)].join('\n');
}
