/** What bytes of a line are, as far as they tell. */
export type Judged =
  | { readonly is: 'nothing' }
  /** Bytes that no text has: another speed, or a bad line. */
  | { readonly is: 'garbage' }
  /** Could be text, too little to be sure. */
  | { readonly is: 'unsure'; readonly text: string }
  | { readonly is: 'text'; readonly form: Form; readonly text: string };

/** How the characters are made up, seen through a port that is set to eight bits without parity. */
export type Form = '8N1' | '7E1' | '7O1';

/** Evidence needed when text comes by itself, and when it comes as an answer. In units of natural logarithm. */
const enough = { talking: 28, answer: 9 } as const;
/** A single byte tells on average at least this much in real text. */
const leastEach = 0.75;
/** Only the newest bytes count: the first ones may be of the moment when the speed was changed. */
const window = 512;

/**
 * Judges bytes by how much likelier they are as console text than as what a wrong speed makes of it. A wrong speed
 * gives bytes in which bits repeat (0x00, 0x80, 0xF8, 0xFE) and, where the system passes on characters without a stop
 * bit as 0, many zeros; where it drops them, what is left is still not spread as letters are.
 */
export function judged(bytes: Uint8Array, as: keyof typeof enough = 'talking'): Judged {
  if (bytes.length === 0) return { is: 'nothing' };
  const newest = bytes.subarray(-window);
  const form = formOf(newest);
  const plain = form === '8N1' ? newest : newest.map(byte => byte & 0x7f);
  const { sum, each } = evidence(plain);
  const text = new TextDecoder().decode(plain);
  if (sum >= enough[as] && each >= leastEach) return { is: 'text', form, text };
  if (known.test(text) && each > 0) return { is: 'text', form, text };
  if (as === 'answer' && shortPrompt.test(text)) return { is: 'text', form, text };
  if (sum > 0 && each > 0.4) return { is: 'unsure', text };
  return { is: 'garbage' };
}

/** Phrases that only a right speed makes, however little came. */
const known =
  /login incorrect|login: $|password: ?$|grub>|grub rescue>|=> $|hit any key|\(initramfs\)|\(y\/n\)|<[yn]>\? ?$|\/ # $|[\w~\])][#$] $|maintenance/i;

/** What follows a carriage return at a prompt that is a single sign. */
const shortPrompt = /^\r*\n[\r\n\x20-\x7e]*[#$%>:?\])] ?$/;

/** Seven bits and parity look like text in which some bytes have the top bit set, by their parity. */
function formOf(bytes: Uint8Array): Form {
  if (bytes.length < 8) return '8N1';
  const top = count(bytes, byte => byte >= 0x80);
  if (top < bytes.length * 0.15) return '8N1';
  if (evidence(bytes.map(byte => byte & 0x7f)).each < leastEach) return '8N1';
  const most = bytes.length * 0.95;
  const even = count(bytes, byte => ones(byte) % 2 === 0);
  if (even >= most) return '7E1';
  return bytes.length - even >= most ? '7O1' : '8N1';
}

const count = (bytes: Uint8Array, which: (byte: number) => boolean): number =>
  bytes.reduce((sum, byte) => sum + (which(byte) ? 1 : 0), 0);

const ones = (byte: number): number => {
  let n = 0;
  for (let rest = byte; rest > 0; rest >>= 1) n += rest & 1;
  return n;
};

/** How often a byte stands in console text: kernel messages, logins, shells, in English and a little of others. */
const inText = new Float64Array(256).fill(0.000_05);
/** How often it stands in what a wrong speed makes of text. */
const inGarbage = new Float64Array(256).fill(0.0027);

const spread = (table: Float64Array, letters: string | readonly number[], share: number): void => {
  const codes = typeof letters === 'string' ? [...letters].map(letter => letter.charCodeAt(0)) : letters;
  for (const code of codes) table[code] = share / codes.length;
};
spread(inText, 'etaoinsrldcum', 0.45);
spread(inText, 'bfghjkpqvwxyz', 0.12);
spread(inText, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 0.08);
spread(inText, '0123456789', 0.12);
spread(inText, ' ', 0.12);
spread(inText, '-.:/[]_=()', 0.06);
spread(inText, '!"#$%&\'*+,;<>?@\\^`{|}~', 0.012);
spread(inText, '\r\n', 0.04);
spread(inText, '\u001b\t\b\u0007', 0.004);
spread(inGarbage, [0x00], 0.12);
spread(inGarbage, [0xff, 0xfe, 0xfc, 0xf8, 0xf0, 0xe0, 0xc0, 0x80], 0.24);

/** In UTF-8 a letter of two to four bytes counts as one letter that is neither common nor rare. */
const letterBeyondAscii = 1;

function evidence(bytes: Uint8Array): { readonly sum: number; readonly each: number } {
  let sum = 0;
  for (let at = 0; at < bytes.length;) {
    const length = utf8Length(bytes, at);
    const byte = bytes[at] ?? 0;
    sum += length > 1 ? letterBeyondAscii : Math.log((inText[byte] ?? 0) / (inGarbage[byte] ?? 1));
    at += length;
  }
  return { sum, each: sum / bytes.length };
}

/** Length of the well-formed letter that begins here; 1 for everything else. */
function utf8Length(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  const length =
    first >= 0xc2 && first < 0xe0
      ? 2
      : first >= 0xe0 && first < 0xf0
        ? 3
        : first >= 0xf0 && first < 0xf5
          ? 4
          : 1;
  for (let i = 1; i < length; i += 1) if (((bytes[at + i] ?? 0) & 0xc0) !== 0x80) return 1;
  return length;
}
