/**
 * Text, or any bytes, as one run of printable ASCII without quotes, as `printf %b` of every POSIX shell turns it back. It passes 7-bit
 * lines and terminals alike, and can stand between single quotes.
 */
export function printable(text: string | Uint8Array): string {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  let coded = '';
  for (const byte of bytes) coded += codes[byte] ?? '';
  return coded;
}

const code = (byte: number): string => {
  const char = String.fromCharCode(byte);
  if (char === '\\') return '\\\\';
  if (char === '\n') return '\\n';
  if (byte < 0x20 || byte > 0x7e || char === "'") return `\\0${byte.toString(8).padStart(3, '0')}`;
  return char;
};
const codes: readonly string[] = Array.from({ length: 256 }, (_, byte) => code(byte));

/** Cuts coded text into pieces of at most so many characters, never inside an escape. */
export function pieces(coded: string, most: number): string[] {
  const cut: string[] = [];
  let piece = '';
  for (const [atom] of coded.matchAll(/\\0[0-7]{3}|\\.|[^\\]/g)) {
    if (piece.length + atom.length > most) {
      cut.push(piece);
      piece = '';
    }
    piece += atom;
  }
  if (piece !== '') cut.push(piece);
  return cut;
}
