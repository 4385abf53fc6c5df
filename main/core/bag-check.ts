import { practiceWarning } from './bag-texts.ts';
import { bagInfoField, escapes, manifestLines, oxum } from './bagit.ts';
import type { Digest, ManifestLine } from './bagit.ts';

/** One thing found in a bag's folder, however deep; `path` with forward slashes. */
export interface Found {
  readonly path: string;
  readonly kind: 'file' | 'link' | 'other';
  readonly bytes: number;
}

/** What a bag says about itself: its texts (tag files by path) and everything that lies in it. */
export interface BagTexts {
  readonly found: readonly Found[];
  readonly texts: ReadonlyMap<string, string>;
}

export interface BagPromise {
  /** Hashes each file must have, from every manifest and tag manifest that names it. */
  readonly hashes: ReadonlyMap<string, Partial<Record<Digest, string>>>;
  readonly problems: readonly string[];
  readonly practice: boolean;
}

const tagFile = (path: string): boolean => !path.startsWith('data/');
const manifestName = /^(tag)?manifest-([a-z0-9]+)\.txt$/;

/** Everything that can be judged without hashing (RFC 8493, 3), and the hashes the files must turn out to have. */
export function bagPromise({ found, texts }: BagTexts): BagPromise {
  const problems: string[] = [];
  const hashes = new Map<string, Partial<Record<Digest, string>>>();
  problems.push(...declared(texts.get('bagit.txt')), ...strangers(found));

  const payload = found.filter(file => file.kind === 'file' && !tagFile(file.path));
  const there = new Set(found.filter(file => file.kind === 'file').map(file => file.path));
  let payloadManifests = 0;
  for (const file of found) {
    const parts = manifestName.exec(file.path);
    if (!parts) continue;
    const [, isTag, name] = parts;
    if (name !== 'sha256' && name !== 'sha512') {
      problems.push(`${file.path} uses ${name}, which Coldstart does not check.`);
      continue;
    }
    const { lines, wrong } = manifestLines(texts.get(file.path) ?? '', name);
    problems.push(...wrong.map(line => `${file.path} has a line that is no manifest line: ${line}`));
    const sound = soundLines(file.path, lines, isTag === undefined, problems);
    if (isTag === undefined) {
      payloadManifests += 1;
      const listed = new Set(sound.map(line => line.path));
      for (const { path } of payload)
        if (!listed.has(path)) problems.push(`${path} lies in the bag but is not in ${file.path}.`);
    }
    for (const { path, hash } of sound) {
      if (!there.has(path)) problems.push(`${path} is in ${file.path} but missing from the bag.`);
      hashes.set(path, { ...hashes.get(path), [name]: hash });
    }
  }
  if (payloadManifests === 0)
    problems.push('No manifest-sha256.txt or manifest-sha512.txt: nothing says what belongs in the bag.');
  if (there.has('fetch.txt'))
    problems.push('fetch.txt names files elsewhere; a bag on a stick must carry everything itself.');
  const info = texts.get('bag-info.txt');
  const promised = info === undefined ? undefined : bagInfoField(info, 'Payload-Oxum');
  if (promised !== undefined && promised !== oxum(payload))
    problems.push(`bag-info.txt promises Payload-Oxum ${promised}, the bag holds ${oxum(payload)}.`);
  return {
    hashes,
    problems: [...new Set(problems)],
    practice:
      bagInfoField(info ?? '', 'Coldstart-World') === 'practice' ||
      (texts.get('README.txt') ?? '').startsWith(practiceWarning),
  };
}

/** bagit.txt is two lines; versions before 1.0 are read alike. */
function declared(text: string | undefined): readonly string[] {
  if (text === undefined) return ['bagit.txt is missing: this folder is no BagIt bag.'];
  const lines = text.split(/\r\n|\n|\r/);
  if (!/^BagIt-Version: (?:1\.0|0\.9[3-7])$/.test(lines[0] ?? ''))
    return [
      `bagit.txt does not begin with a BagIt version Coldstart knows: ${(lines[0] ?? '').slice(0, 60)}`,
    ];
  return lines[1] === 'Tag-File-Character-Encoding: UTF-8' && lines.slice(2).every(line => line === '')
    ? []
    : ['bagit.txt does not say that its texts are UTF-8.'];
}

const strangers = (found: readonly Found[]): readonly string[] =>
  found.flatMap(file =>
    file.kind === 'file'
      ? []
      : [
          `${file.path} is ${file.kind === 'link' ? 'a symbolic link' : 'no plain file'}; a bag holds plain files only.`,
        ],
  );

function soundLines(
  name: string,
  lines: readonly ManifestLine[],
  ofPayload: boolean,
  problems: string[],
): readonly ManifestLine[] {
  const seen = new Set<string>();
  return lines.filter(({ path }) => {
    const why =
      escapes(path) ??
      (tagFile(path) === ofPayload ? `does not belong in ${name}` : undefined) ??
      (seen.has(path) ? `is listed twice in ${name}` : undefined);
    seen.add(path);
    if (why !== undefined) problems.push(`${path} ${why}.`);
    return why === undefined;
  });
}

/** Compares what was read with what was promised; one sentence for each file that differs. */
export function differences(
  promise: BagPromise,
  read: ReadonlyMap<string, Partial<Record<Digest, string>>>,
): readonly string[] {
  return [...promise.hashes].flatMap(([path, wanted]) => {
    const got = read.get(path);
    if (got === undefined) return [];
    const wrong = (['sha256', 'sha512'] as const).filter(
      digest => wanted[digest] !== undefined && wanted[digest] !== got[digest],
    );
    return wrong.length === 0
      ? []
      : [`${path} was altered: its ${wrong.join(' and ')} differs from the manifest.`];
  });
}
