/** A file of the recorder on a node. */
export interface RecorderFile {
  readonly name: string;
  readonly bytes: number;
  /** Seconds since 1970, by the node's clock. */
  readonly modified: number;
}

/** What the look at the recorder's folder told. */
export interface RecorderThere {
  readonly installed: boolean;
  readonly bootId: string;
  /** Seconds. */
  readonly uptime: number;
  readonly files: readonly RecorderFile[];
  /** What lies in the node's memory and is in no file yet; empty where it was not asked for. */
  readonly open: string;
}

/** Reads the answer of the look; undefined when it is not whole. */
export function recorderThere(stdout: string): RecorderThere | undefined {
  const end = /^end\n/m.exec(stdout);
  if (!end) return undefined;
  const lines = stdout.slice(0, end.index).split('\n');
  const one = (key: string): string =>
    lines.find(line => line.startsWith(`${key} `))?.slice(key.length + 1) ?? '';
  return {
    installed: lines.includes('installed'),
    bootId: one('boot'),
    uptime: Number(one('up')),
    open: stdout.slice(end.index + end[0].length),
    files: lines.flatMap(line => {
      const [, name, bytes, modified] = /^file (\d{8}\.(?:gz|txt)(?:\.torn)?) (\d+) (\d+)$/.exec(line) ?? [];
      return name === undefined ? [] : [{ name, bytes: Number(bytes), modified: Number(modified) }];
    }),
  };
}

/** What of a node's log this laptop has. */
export interface PulledMemory {
  /** Files whose samples are here, as `fileKey` names them. */
  readonly files: readonly string[];
  /** The last uptime of each boot whose samples are here. */
  readonly boots: Readonly<Record<string, number>>;
}
export const nothingPulled: PulledMemory = { files: [], boots: {} };

export const fileKey = ({ name, bytes, modified }: RecorderFile): string => `${name} ${bytes} ${modified}`;

/** Reads what was remembered; anything strange counts as nothing, and all is pulled again. */
export function pulledMemory(text: string): PulledMemory {
  try {
    const raw = JSON.parse(text) as Partial<PulledMemory> | null;
    const files = Array.isArray(raw?.files) ? raw.files.filter(one => typeof one === 'string') : [];
    const boots = Object.entries(raw?.boots ?? {}).filter(([, up]) => typeof up === 'number');
    return { files, boots: Object.fromEntries(boots) };
  } catch {
    return nothingPulled;
  }
}

const batchBytes = 2 ** 20;
const batchFiles = 256;

/** The files that are not here yet, oldest first, in heaps that are small enough to lie in the node's memory. */
export function batches(
  files: readonly RecorderFile[],
  { files: had }: PulledMemory,
): readonly (readonly RecorderFile[])[] {
  const known = new Set(had);
  const heaps: RecorderFile[][] = [];
  let bytes = 0;
  for (const file of files
    .filter(one => !known.has(fileKey(one)))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const last = heaps.at(-1);
    if (last && last.length < batchFiles && bytes + file.bytes <= batchBytes) {
      last.push(file);
      bytes += file.bytes;
    } else {
      heaps.push([file]);
      bytes = file.bytes;
    }
  }
  return heaps;
}
