import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writevSync,
  writeSync,
  existsSync,
} from 'node:fs';
import { dirname } from 'node:path';

const magic = 'COLDSTART PRACTICE NODE 1\n';

export interface SavedState {
  readonly head: Readonly<Record<string, unknown>>;
  readonly body: Uint8Array;
}

/** Writes the station's state whole or not at all: a first line, the length of the head, a JSON head, then file contents. */
export function writeState(path: string, head: object, body: readonly Uint8Array[]): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const json = Buffer.from(JSON.stringify(head));
  const temporary = `${path}.new`;
  const fd = openSync(temporary, 'w', 0o600);
  try {
    writeSync(fd, `${magic}${json.length}\n`);
    writeSync(fd, json);
    const parts = body.filter(part => part.length > 0);
    for (let i = 0; i < parts.length; i += 512) writeAll(fd, parts.slice(i, i + 512));
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(temporary, path);
}

function writeAll(fd: number, parts: readonly Uint8Array[]): void {
  const wanted = parts.reduce((sum, part) => sum + part.length, 0);
  const written = writevSync(fd, parts);
  if (written < wanted) writeSync(fd, Buffer.concat(parts).subarray(written));
}

/** The state as it was written; undefined when there is none or it cannot be understood. */
export function readState(path: string): SavedState | undefined {
  if (!existsSync(path)) return undefined;
  const all = readFileSync(path);
  const text = all.subarray(0, 64).toString('latin1');
  const length = Number(/^(\d+)\n/.exec(text.slice(magic.length))?.[1] ?? Number.NaN);
  if (!text.startsWith(magic) || Number.isNaN(length)) return undefined;
  const at = magic.length + String(length).length + 1;
  try {
    return {
      head: JSON.parse(all.subarray(at, at + length).toString()) as Record<string, unknown>,
      body: all.subarray(at + length),
    };
  } catch {
    return undefined;
  }
}
