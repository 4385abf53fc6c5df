/** Reads `length` bytes at `offset`; fewer only at the end. */
type ReadAt = (offset: number, length: number) => Promise<Uint8Array>;

export interface Inside {
  /** Every K3s version written in the file, each once; the surest first. */
  readonly versions: readonly string[];
  /** Whether the file calls itself a stand-in of the practice station. */
  readonly practice: boolean;
}

const chunkBytes = 1024 * 1024;
/** Longer than any version with what stands around it. */
const overlap = 128;
const marker = 'coldstart practice stand-in';

/** Not followed by a letter, digit or dot, so what happens to stand behind a version is not taken for a part of it. */
const version = /v1\.\d{1,3}\.\d{1,3}(?:-(?:alpha|beta|rc)[.\d]{0,6})?\+k3s\d{1,3}(?![0-9A-Za-z.])/g;

interface Found {
  readonly text: string;
  readonly named: boolean;
}
/** So a file made of nothing but versions does not fill the memory. */
const mostFound = 10_000;

/** Notes every version in `text` under its place in the file. Seen again with more behind it, the longer one counts. */
function note(text: string, from: number, found: Map<number, Found>): void {
  for (const match of text.matchAll(version)) {
    const at = from + match.index;
    const before = found.get(at);
    if (found.size >= mostFound && !before) return;
    // The linker's own words, kept in a Go program's build information: -X …/version.Version=v1.…
    const named = text.slice(0, match.index).endsWith('Version=') || before?.named === true;
    if (!before || before.text.length <= match[0].length) found.set(at, { text: match[0], named });
  }
}

function ranked(found: readonly Found[]): readonly string[] {
  const named = found.filter(each => each.named);
  const counts = new Map<string, number>();
  for (const { text } of named.length > 0 ? named : found) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a).map(([text]) => text);
}

/**
 * Looks through a K3s binary for its version, a megabyte at a time. A Go program carries it as text. When the build
 * information names it, only that counts. `goOn` is told how far it is between chunks, and may
 * throw to stop.
 */
export async function inside(
  read: ReadAt,
  bytes: number,
  goOn: (at: number) => void = () => undefined,
): Promise<Inside> {
  const found = new Map<number, Found>();
  let practice = false;
  const lookThrough = (part: Buffer, from: number): void => {
    // The stand-in says what it is right behind its version, so one search finds both.
    if (!part.includes('+k3s')) return;
    practice ||= part.includes(marker);
    note(part.toString('latin1'), from, found);
  };
  let tail: Uint8Array = new Uint8Array(0);
  for (let at = 0; at < bytes; at += chunkBytes) {
    goOn(at);
    const got = await read(at, Math.min(chunkBytes, bytes - at));
    if (got.length === 0) break;
    const chunk = Buffer.from(got.buffer, got.byteOffset, got.length);
    lookThrough(Buffer.concat([tail, chunk.subarray(0, overlap)]), at - tail.length);
    lookThrough(chunk, at);
    tail = chunk.subarray(-overlap);
  }
  return { versions: ranked([...found.values()]), practice };
}
