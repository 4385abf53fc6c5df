import { FieldError } from '../../preload/contract/failure.ts';

const letters = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const generators = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];

function polymod(values: readonly number[]): number {
  let check = 1;
  for (const value of values) {
    const top = check >>> 25;
    check = ((check & 0x1ffffff) << 5) ^ value;
    generators.forEach((generator, i) => {
      if ((top >>> i) & 1) check ^= generator;
    });
  }
  return check >>> 0;
}

/** Whether a text is sound Bech32 (BIP 173) with this prefix around 32 bytes. */
function isBech32Of32(text: string, prefix: string): boolean {
  const data = Array.from(text.slice(prefix.length + 1), letter => letters.indexOf(letter));
  if (!text.startsWith(`${prefix}1`) || data.includes(-1) || data.length !== 58) return false;
  const spread = Array.from(prefix, c => c.charCodeAt(0));
  const head = [...spread.map(c => c >>> 5), 0, ...spread.map(c => c & 31)];
  // 32 bytes fill 51 groups of five and leave four padding bits in the 52nd, which must be zero.
  return polymod([...head, ...data]) === 1 && ((data[51] ?? 0) & 0b1111) === 0;
}

/** Whether a text is a native age X25519 recipient (`age1…`), its checksum included. */
export const isAgeRecipient = (text: string): boolean => isBech32Of32(text, 'age');

/** An age recipient as it was typed or pasted. Throws `bad-ask`; what looks like a secret key is never repeated. */
export function ageRecipient(raw: string): string {
  const text = raw.trim();
  if (isAgeRecipient(text)) return text;
  const isSecret = /^age-secret-key-/i.test(text);
  throw new FieldError({
    code: 'bad-ask',
    says: isSecret
      ? 'That is a secret age key. A recipient is the public half and starts with age1.'
      : 'That is not an age recipient, or a character of it is wrong: it starts with age1 and has 62 characters.',
    ...(isSecret ? {} : { about: text.slice(0, 80) }),
    untouched: 'The recipients stay as they were.',
    next: isSecret
      ? 'Keep it away from this laptop; ask headquarters for the recipient instead.'
      : 'Copy the recipient again from what headquarters gave you.',
  });
}

const line = (text: string): number => text.length + 1;
const base64Of32 = 43;
const chunk = 64 * 1024;

/**
 * Bytes of a file once sealed with age to this many X25519 recipients: header, one stanza each, MAC, nonce, and 16 bytes
 * for every begun 64 KiB. https://age-encryption.org/v1
 */
export function sealedBytes(plainBytes: number, recipients: number): number {
  const stanza = line('-> X25519 ') + base64Of32 + base64Of32 + 1;
  const header = line('age-encryption.org/v1') + stanza * recipients + line('--- ') + base64Of32;
  return header + 16 + plainBytes + 16 * Math.max(1, Math.ceil(plainBytes / chunk));
}
