/** One image inside an archive. */
export interface ArchivedImage {
  /** As the archive names it. */
  readonly name: string;
  /** As the image itself says, such as `amd64`; absent when it does not. */
  readonly arch?: string;
  /** Digests it is known by, where the archive tells them. */
  readonly digests: readonly string[];
}

/** Files of an archive that may say something: small ones, by name. */
export type SmallFiles = ReadonlyMap<string, Uint8Array>;

/** What Docker (`manifest.json`) or OCI (`index.json`) archives hold. Nothing when it is neither. */
export function imagesOfArchive(files: SmallFiles): readonly ArchivedImage[] | undefined {
  const [docker, oci] = [fromDocker(files), fromOci(files)];
  if (!docker && !oci) return undefined;
  const byName = new Map<string, ArchivedImage>();
  for (const image of [...(docker ?? []), ...(oci ?? [])]) {
    const before = byName.get(`${image.name} ${image.arch}`);
    const digests = [...new Set([...(before?.digests ?? []), ...image.digests])];
    byName.set(`${image.name} ${image.arch}`, { ...image, digests });
  }
  return [...byName.values()];
}

function json(bytes: Uint8Array | undefined): unknown {
  if (!bytes) return undefined;
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
const records = (value: unknown): readonly Readonly<Record<string, unknown>>[] =>
  Array.isArray(value) ? value.map(record) : [];
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

const withArch = (arch: unknown): { arch?: string } => (text(arch) === '' ? {} : { arch: text(arch) });

function fromDocker(files: SmallFiles): readonly ArchivedImage[] | undefined {
  const manifest = json(files.get('manifest.json'));
  if (!Array.isArray(manifest)) return undefined;
  return records(manifest).flatMap(({ RepoTags, Config }) => {
    const { architecture } = record(json(files.get(text(Config))));
    const names = Array.isArray(RepoTags) ? RepoTags.map(text).filter(name => name !== '') : [];
    return names.map(name => ({ name, ...withArch(architecture), digests: [] }));
  });
}

const nameNotes = ['io.containerd.image.name', 'org.opencontainers.image.ref.name'];

function fromOci(files: SmallFiles): readonly ArchivedImage[] | undefined {
  const { manifests } = record(json(files.get('index.json')));
  if (!Array.isArray(manifests)) return undefined;
  return records(manifests).flatMap(entry => {
    const notes = record(entry['annotations']);
    const name = nameNotes
      .map(note => text(notes[note]))
      .find(found => found.includes('/') || found.includes(':'));
    if (name === undefined) return [];
    const digest = text(entry['digest']);
    return platforms(files, entry).map(({ arch, digest: own }) => ({
      name,
      ...withArch(arch),
      digests: [...new Set([digest, own])].filter(each => each !== ''),
    }));
  });
}

const blob = (files: SmallFiles, digest: string): Readonly<Record<string, unknown>> =>
  record(json(files.get(`blobs/${digest.replace(':', '/')}`)));

/** The architectures below an entry of an index: its own, those of its list, or that of its config. */
function platforms(
  files: SmallFiles,
  entry: Readonly<Record<string, unknown>>,
): readonly { readonly arch: unknown; readonly digest: string }[] {
  const digest = text(entry['digest']);
  const own = record(entry['platform'])['architecture'];
  const manifest = blob(files, digest);
  const listed = records(manifest['manifests']).filter(each => {
    const arch = text(record(each['platform'])['architecture']);
    // Of a list only what the archive really holds; attestations call themselves unknown.
    return arch !== 'unknown' && files.has(`blobs/${text(each['digest']).replace(':', '/')}`);
  });
  if (listed.length > 0)
    return listed.map(each => ({
      arch: record(each['platform'])['architecture'],
      digest: text(each['digest']),
    }));
  const config = blob(files, text(record(manifest['config'])['digest']));
  return [{ arch: own ?? config['architecture'], digest }];
}
