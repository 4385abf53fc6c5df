import { parseDocument } from 'yaml';

/** The config with this setting; its line is replaced where it stood, else put on top. Block values go with it. */
export function withSetting(text: string, key: string, value: string | number | boolean): string {
  const line = `${key}: ${JSON.stringify(value)}`;
  const lines = text.split('\n');
  const at = lines.findIndex(one => new RegExp(`^["']?${key}["']?\\s*:`).test(one));
  if (at < 0) return `${line}\n${text}`;
  let end = at + 1;
  while (end < lines.length && /^\s+\S/.test(lines[end] ?? '')) end++;
  return [...lines.slice(0, at), line, ...lines.slice(end)].join('\n');
}

/** What a config.yaml gives for this key; undefined when it gives nothing or cannot be read. */
export function settingIn(text: string, key: string): unknown {
  const doc = parseDocument(text, { logLevel: 'silent' });
  const raw: unknown = doc.errors.length > 0 ? undefined : doc.toJS();
  return typeof raw === 'object' && raw !== null ? (raw as Record<string, unknown>)[key] : undefined;
}
