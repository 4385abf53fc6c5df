import { createHash } from 'node:crypto';
import { readme, sheet } from './bag-texts.ts';

/** One file of a bag, by its path under the bag's folder with forward slashes. */
export interface BagFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly sha512: string;
}

export type Digest = 'sha256' | 'sha512';
export const digests: readonly Digest[] = ['sha256', 'sha512'];

/** RFC 8493, 2.1.3: only CR, LF and the percent sign itself are written as percent codes in a manifest. */
export const manifestPath = (path: string): string =>
  path.replaceAll(/[%\r\n]/g, c => (c === '%' ? '%25' : c === '\r' ? '%0D' : '%0A'));

/** The path a manifest line means. Other percent codes stand for themselves, as old bags have them. */
export const pathMeant = (text: string): string =>
  text.replaceAll(/%(25|0[dD]|0[aA])/g, (_, code: string) =>
    code === '25' ? '%' : code.toLowerCase() === '0d' ? '\r' : '\n',
  );

/** A manifest that `sha256sum -c` and `sha512sum -c` take as it is: hash, two spaces, path, sorted by path. */
export const manifest = (files: readonly BagFile[], digest: Digest): string =>
  files
    .toSorted((a, b) => (a.path < b.path ? -1 : 1))
    .map(file => `${file[digest]}  ${manifestPath(file.path)}\n`)
    .join('');

export interface ManifestLine {
  readonly hash: string;
  readonly path: string;
}

/** Reads a manifest; what is no manifest line is handed back in `wrong`, nothing is dropped silently. */
export function manifestLines(
  text: string,
  digest: Digest,
): { readonly lines: readonly ManifestLine[]; readonly wrong: readonly string[] } {
  const lines: ManifestLine[] = [];
  const wrong: string[] = [];
  const hex = digest === 'sha256' ? 64 : 128;
  for (const raw of text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/)) {
    if (raw === '') continue;
    const parts = /^([0-9a-fA-F]+)[ \t]+\*?(?:\.\/)?(.+)$/.exec(raw);
    if (parts?.[1]?.length === hex && parts[2] !== undefined)
      lines.push({ hash: parts[1].toLowerCase(), path: pathMeant(parts[2]) });
    else wrong.push(raw.slice(0, 200));
  }
  return { lines, wrong };
}

/** Why a path must not be followed, or nothing when it stays inside its bag on every system. */
export function escapes(path: string): string | undefined {
  if (path.includes('\0')) return 'holds a NUL byte';
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path) || path.startsWith('~'))
    return 'is not relative to the bag';
  if (path.includes('\\')) return 'holds a backslash';
  if (path.split('/').some(part => part === '..' || part === '.' || part === ''))
    return 'leads out of the bag or nowhere';
  return undefined;
}

export const bagitTxt = 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n';

/** Total bytes and number of payload files, `Payload-Oxum` of RFC 8493. */
export const oxum = (files: readonly { readonly bytes: number }[]): string =>
  `${files.reduce((sum, file) => sum + file.bytes, 0)}.${files.length}`;

/** The laptop's minisign signature over the tag manifest, which vouches for everything else. In no manifest itself. */
export const bagSignature = 'tagmanifest-sha256.txt.minisig';

export interface BagInfo {
  readonly site: string;
  readonly exportId: string;
  readonly at: Date;
  /** The laptop's clock was doubtful: dates may be wrong, the counter is not. */
  readonly clockDoubtful?: boolean;
  /** Which laptop signs it, its how many-eth export this is, and the hash of the tag manifest of the one before. */
  readonly laptop?: { readonly key: string; readonly counter: number; readonly previous?: string };
  readonly agent: string;
  readonly world: 'real' | 'practice';
  readonly oxum: string;
}

/** bag-info.txt: opaque ids, no name, address or version of anything at the site. */
export const bagInfo = (info: BagInfo): string =>
  [
    ['Source-Organization', 'Coldstart field site'],
    ['External-Identifier', `${info.site}/${info.exportId}`],
    ['Bagging-Date', info.at.toISOString().slice(0, 10)],
    ['Payload-Oxum', info.oxum],
    ['Bag-Software-Agent', info.agent],
    ['Coldstart-Format', '1'],
    ['Coldstart-World', info.world],
    ...(info.laptop
      ? [
          ['Coldstart-Laptop', info.laptop.key],
          ['Coldstart-Counter', `${info.laptop.counter}`],
          ...(info.laptop.previous === undefined ? [] : [['Coldstart-Previous', info.laptop.previous]]),
        ]
      : []),
    ...(info.clockDoubtful === true ? [['Coldstart-Clock', 'doubtful']] : []),
  ]
    .map(([label, value]) => `${label}: ${value}\n`)
    .join('');

/** Labels and values of bag-info.txt; a line that starts with white space continues the one before. */
export function bagInfoFields(text: string): readonly (readonly [label: string, value: string])[] {
  const fields: [string, string][] = [];
  for (const line of text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/)) {
    const last = fields.at(-1);
    if (/^[ \t]/.test(line) && last) last[1] += ` ${line.trim()}`;
    else if (line.includes(':'))
      fields.push([line.slice(0, line.indexOf(':')).trim(), line.slice(line.indexOf(':') + 1).trim()]);
  }
  return fields;
}

/** The first value of a label, found in any case of letters; nothing when it is not there. */
export const bagInfoField = (text: string, label: string): string | undefined =>
  bagInfoFields(text).find(([name]) => name.toLowerCase() === label.toLowerCase())?.[1];

/** A text of ours as a file of the bag. */
export function textFile(path: string, text: string): BagFile {
  const of = (digest: Digest): string => createHash(digest).update(text).digest('hex');
  return { path, bytes: Buffer.byteLength(text), sha256: of('sha256'), sha512: of('sha512') };
}

export interface TagFile extends BagFile {
  readonly text: string;
}

/** All tag files around a payload, in the order they are to be written: what makes the folder a bag comes last. */
export function tagFiles(payload: readonly BagFile[], info: Omit<BagInfo, 'oxum'>): readonly TagFile[] {
  const tag = (path: string, text: string): TagFile => ({ ...textFile(path, text), text });
  const tags = [
    tag('README.txt', readme(info)),
    tag('index.html', sheet(info, payload)),
    tag('bag-info.txt', bagInfo({ ...info, oxum: oxum(payload) })),
    ...digests.map(digest => tag(`manifest-${digest}.txt`, manifest(payload, digest))),
    tag('bagit.txt', bagitTxt),
  ];
  const tagManifests = digests.map(digest => tag(`tagmanifest-${digest}.txt`, manifest(tags, digest)));
  return [...tags.slice(0, -1), ...tagManifests, ...tags.slice(-1)];
}
