/** What a receiver makes of a waveform. */
export interface Heard {
  readonly bytes: Uint8Array;
  /** The line was low for longer than a whole character: a BREAK. */
  readonly broke: boolean;
}

/** Start, eight data bits, stop. */
const frame = 10;

/**
 * What a receiver set to `at` reads of bytes that were sent without a pause at `sent` bits per second, both 8N1. It
 * waits for the start edge and samples the middle of each of its own bits, as a UART does; a character without a stop
 * bit is given as 0, as Linux does, and a line that stays low all the while is a BREAK.
 */
export function asHeard(bytes: Uint8Array, sent: number, at: number): Heard {
  if (bytes.length === 0 || sent === at) return { bytes, broke: false };
  const step = sent / at;
  const total = bytes.length * frame;
  const level = (time: number): 0 | 1 => {
    const bit = Math.floor(time);
    if (bit >= total) return 1;
    const inFrame = bit % frame;
    if (inFrame === 0) return 0;
    if (inFrame === frame - 1) return 1;
    return (((bytes[Math.floor(bit / frame)] ?? 0) >> (inFrame - 1)) & 1) as 0 | 1;
  };
  const out: number[] = [];
  let broke = false;
  let time = 0;
  const next = (wanted: 0 | 1): void => {
    while (time < total && level(time) !== wanted) time = Math.floor(time) + 1;
  };
  for (next(0); time < total; next(0)) {
    let value = 0;
    for (let bit = 0; bit < 8; bit += 1) value |= level(time + (bit + 1.5) * step) << bit;
    const stop = level(time + 9.5 * step);
    time += 9.5 * step;
    if (stop === 1) out.push(value);
    else {
      out.push(0);
      if (value === 0) broke = true;
      next(1);
    }
  }
  return { bytes: Uint8Array.from(out), broke };
}
