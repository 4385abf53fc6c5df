/**
 * Frames on a socket: four bytes (big endian) with the length of the head, the head as JSON, then all binary raw, one
 * after the other. The head is `[frame, [path, length], …]`; each path says where in the frame the next bytes belong.
 * So terminal bytes are never base64, and no value of the frame can be mistaken for a placeholder.
 */
type Path = readonly (string | number)[];

/** Largest frame the host accepts, in bytes. The page sends short questions; a long paste goes in pieces. */
export const mostBytesToHost = 1024 * 1024;
/** Largest frame the page accepts, in bytes: a long list, never a file. */
export const mostBytesToPage = 32 * 1024 * 1024;

const writer = new TextEncoder();
const reader = new TextDecoder('utf-8', { fatal: true });

interface Lifted {
  readonly path: Path;
  readonly bytes: Uint8Array;
}

/** The value with `null` where binary was; what was taken out is added to `out`. */
function lift(value: unknown, path: Path, out: Lifted[]): unknown {
  if (value instanceof Uint8Array) {
    out.push({ path, bytes: value });
    return null;
  }
  if (Array.isArray(value)) return value.map((item, i) => lift(item, [...path, i], out));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, lift(item, [...path, key], out)]),
  );
}

/** One frame as bytes. Throws RangeError when it would be larger than `most`. */
export function encodeFrame(frame: unknown, most: number): Uint8Array<ArrayBuffer> {
  const lifted: Lifted[] = [];
  const bare = lift(frame, [], lifted);
  const head = writer.encode(
    JSON.stringify([bare, ...lifted.map(({ path, bytes }) => [path, bytes.length])]),
  );
  const size = lifted.reduce((sum, { bytes }) => sum + bytes.length, 4 + head.length);
  if (size > most) throw new RangeError(`a frame of ${size} bytes is larger than the ${most} allowed here`);
  const out = new Uint8Array(size);
  new DataView(out.buffer).setUint32(0, head.length);
  out.set(head, 4);
  let at = 4 + head.length;
  for (const { bytes } of lifted) {
    out.set(bytes, at);
    at += bytes.length;
  }
  return out;
}

const broken = (why: string): RangeError => new RangeError(`this is not a frame: ${why}`);

/** Puts bytes where `path` says. Only own properties are followed, so no path reaches a prototype. */
function place(root: unknown[], path: unknown, bytes: Uint8Array): void {
  if (!Array.isArray(path)) throw broken('a path is missing');
  let at: unknown = root;
  let key: PropertyKey = 0;
  for (const step of path as unknown[]) {
    if (typeof step !== 'string' && typeof step !== 'number') throw broken('a path is damaged');
    at = (at as Record<PropertyKey, unknown>)[key];
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step))
      throw broken('a path leads nowhere');
    key = step;
  }
  if ((at as Record<PropertyKey, unknown>)[key] !== null) throw broken('a path leads to a taken place');
  (at as Record<PropertyKey, unknown>)[key] = bytes;
}

function headOf(bytes: Uint8Array): { readonly head: unknown[]; readonly tail: number } {
  if (bytes.length < 4) throw broken('too short');
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0);
  if (4 + length > bytes.length) throw broken('the head is cut off');
  const head: unknown = JSON.parse(reader.decode(bytes.subarray(4, 4 + length)));
  if (!Array.isArray(head) || head.length === 0) throw broken('the head is no list');
  return { head: head as unknown[], tail: 4 + length };
}

/** The frame in these bytes. Throws (RangeError, SyntaxError or TypeError) on anything `encodeFrame` did not make. */
export function decodeFrame(bytes: Uint8Array, most: number): unknown {
  if (bytes.length > most) throw broken(`larger than ${most} bytes`);
  const { head, tail } = headOf(bytes);
  const [frame, ...lifted] = head;
  const root = [frame];
  let at = tail;
  for (const entry of lifted) {
    const [path, length] = Array.isArray(entry) ? (entry as unknown[]) : [];
    if (typeof length !== 'number' || !Number.isInteger(length) || length < 0 || at + length > bytes.length)
      throw broken('binary is cut off');
    place(root, path, bytes.slice(at, at + length));
    at += length;
  }
  if (at !== bytes.length) throw broken('bytes are left over');
  return root[0];
}
