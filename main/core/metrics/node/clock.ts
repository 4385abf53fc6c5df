/**
 * How far a node's clock is ahead of the laptop's, in seconds; negative: behind. Its scrape tells its time, read somewhere
 * between asking and the end of the answer (milliseconds since 1970 by the laptop): what that leaves open counts as no
 * difference. Nothing when the text does not tell the time.
 */
export function clockAhead(text: Uint8Array, asked: number, came: number): number | undefined {
  const said = told(text);
  if (said === undefined) return undefined;
  const earliest = Number(said) - came / 1000;
  // A time in whole seconds was cut off.
  const latest = Number(said) - asked / 1000 + (/[.e]/.test(said) ? 0 : 1);
  if (!Number.isFinite(earliest)) return undefined;
  if (earliest > 0) return earliest;
  return latest < 0 ? latest : 0;
}

const name = 'node_time_seconds ';

/** The last such line; text at the very beginning counts as well. */
function told(text: Uint8Array): string | undefined {
  const bytes = Buffer.from(text.buffer, text.byteOffset, text.byteLength);
  const line = bytes.lastIndexOf(`\n${name}`);
  const at = line >= 0 ? line + 1 : bytes.indexOf(name) === 0 ? 0 : -1;
  if (at < 0) return undefined;
  const end = bytes.indexOf('\n', at);
  return bytes
    .toString('latin1', at + name.length, end < 0 ? undefined : end)
    .trim()
    .split(' ')[0];
}
