import { Secret } from '../secret.ts';
import { caHashOf } from '../server-token.ts';
import type { Entry } from './snapshot.ts';

/** What headquarters reads from the inventory of a bag. */
export interface BagInventory {
  readonly site: { readonly id: string; readonly name: string };
  readonly export: string;
  /** By the site's clock; empty when it is none. */
  readonly at: string;
  /** CAs the servers of the site are known by. */
  readonly caHashes: readonly string[];
  /** By the path of the file once opened: `snapshots/<id>.db`. */
  readonly snapshots: ReadonlyMap<string, Entry>;
}

type Fields = Readonly<Record<string, unknown>>;

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const fieldsOf = (raw: unknown): Fields => (typeof raw === 'object' && raw !== null ? (raw as Fields) : {});
const listOf = (raw: unknown): readonly Fields[] => (Array.isArray(raw) ? raw.map(fieldsOf) : []);
const textOf = (raw: unknown): string | undefined =>
  typeof raw === 'string' && raw !== '' ? raw : undefined;
const momentOf = (raw: unknown): string | undefined => {
  const text = textOf(raw);
  return text === undefined || Number.isNaN(Date.parse(text)) ? undefined : text;
};

function entryOf(raw: Fields): readonly [path: string, entry: Entry] | undefined {
  const { id, name, file, sha256, nodeName } = raw;
  const path = /^data\/(snapshots\/.+)\.age$/.exec(textOf(file) ?? '')?.[1];
  if (path === undefined) return undefined;
  const maybe = { savedAt: momentOf(raw['savedAt']), sha256: textOf(sha256), nodeName: textOf(nodeName) };
  const there = Object.fromEntries(Object.entries(maybe).filter(([, value]) => value !== undefined));
  return [path, { id: textOf(id) ?? path, name: textOf(name) ?? path, ...there }];
}

/** Reads `inventory/inventory.json`; undefined when it is none of ours. */
export function inventoryIn(text: string): BagInventory | undefined {
  const raw = fieldsOf(jsonOf(text));
  const site = fieldsOf(raw['site']);
  const [id, name, exportId] = [textOf(site['id']), textOf(site['name']), textOf(raw['export'])];
  if (raw['kind'] !== 'coldstart-inventory' || id === undefined || exportId === undefined) return undefined;
  return {
    site: { id, name: name ?? id },
    export: exportId,
    at: momentOf(raw['at']) ?? '',
    caHashes: listOf(raw['nodes']).flatMap(node => textOf(node['caHash']) ?? []),
    snapshots: new Map(
      listOf(raw['snapshots'])
        .map(entryOf)
        .filter(each => each !== undefined),
    ),
  };
}

/** The server tokens in `config/server-tokens.json`, newest first; none when it is none of ours. */
export const tokensIn = (text: string): readonly Secret[] =>
  listOf(fieldsOf(jsonOf(text))['tokens']).flatMap(each => {
    const token = textOf(each['token']);
    return token === undefined ? [] : [new Secret(token)];
  });

/** The CAs that tokens name. */
export const casOf = (tokens: readonly Secret[]): readonly string[] =>
  tokens.flatMap(token => caHashOf(token) ?? []);
