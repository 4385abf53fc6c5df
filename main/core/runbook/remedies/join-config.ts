import { parseDocument } from 'yaml';

/** Removes a top-level key with its list or block; every other byte stays. */
export function withoutKey(text: string, key: string): string {
  const lines = text.split('\n');
  const at = lines.findIndex(line => new RegExp(`^["']?${key}["']?\\+?\\s*:`).test(line));
  if (at < 0) return text;
  let end = at + 1;
  while (end < lines.length && /^(\s+\S|-\s)/.test(lines[end] ?? '')) end++;
  return [...lines.slice(0, at), ...lines.slice(end)].join('\n');
}

/** A config.yaml as a member needs it that joins through `server`: never one that would found a cluster of its own. */
export const joining = (text: string, server: string): string =>
  `server: ${JSON.stringify(server)}\n${withoutKey(withoutKey(withoutKey(text, 'server'), 'cluster-init'), 'cluster-reset')}`;

/** Does this config join exactly that server, and found nothing? */
export function joinsVia(text: string, server: string): boolean {
  const doc = parseDocument(text, { logLevel: 'silent' });
  const raw: unknown = doc.errors.length > 0 ? undefined : doc.toJS();
  if (typeof raw !== 'object' || raw === null) return false;
  const has = raw as Record<string, unknown>;
  return has['server'] === server && has['cluster-init'] !== true && has['cluster-reset'] !== true;
}

/** A join address as K3s wants it; undefined when it is none. */
export const joinAddress = (text: string): string | undefined =>
  /^https:\/\/([A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\])(:\d{1,5})?$/.test(text.trim()) ? text.trim() : undefined;

/** Does a top-level key have exactly this value? */
export function keyIs(text: string, key: string, value: string): boolean {
  const doc = parseDocument(text, { logLevel: 'silent' });
  const raw: unknown = doc.errors.length > 0 ? undefined : doc.toJS();
  return typeof raw === 'object' && raw !== null && (raw as Record<string, unknown>)[key] === value;
}

/** The file with a top-level key set, on its last line; its old entry goes. */
export function withKey(text: string, key: string, value: string): string {
  const rest = withoutKey(text, key).replace(/\n*$/, '');
  return `${rest}${rest === '' ? '' : '\n'}${key}: ${JSON.stringify(value)}\n`;
}
