import { createHash } from 'node:crypto';

/**
 * How laptop and node talk over a console, in the laptop's half. The node's half is `loader.ts` and `agent.ts`.
 *
 * A request is one line, `SUM BODY`: printable ASCII, SUM the first 16 hex digits of the SHA-256 of the session's salt
 * and BODY. The node never gives a line to its shell's parser before that sum was compared, so a dropped, doubled or
 * flipped character makes a line that is refused, not another command. The salt is new for every session and is known
 * to nobody else, so no text that happens to come down the line (a file, a kernel message) can be a request.
 *
 * An answer is `%TAG WORDS SUM TAG%`: TAG are the 8 digits of the request's own hash that follow its SUM, which only a
 * node can know that got the whole request; SUM covers salt, TAG and WORDS. What stands around an answer (kernel
 * messages, echo, prompts) is passed over. `%?` and four digits of the salt say that a line came which is no request.
 *
 * Should another shell come to stand on the line in between (a node that restarted into an open root shell), a request
 * does nothing there either: `${k:?}` is an error in every shell that does not know the salt, and ends the whole line.
 *
 * Every request carries a number, so no two have the same tag, and every body may be run twice without harm: an answer
 * that got lost is simply asked for again.
 */
export interface Request {
  readonly line: string;
  readonly tag: string;
}

export const sumDigits = 16;
const tagDigits = 8;

const hashOf = (text: string): string => createHash('sha256').update(text, 'latin1').digest('hex');

/** The line for a body, with the tag its answer will carry. Throws a RangeError for what no line can hold. */
export function request(salt: string, number: number, body: string): Request {
  const full = `: \${k:?}${number};${body}`;
  if (!/^[\x20-\x7e]*[\x21-\x7e]$/.test(full))
    throw new RangeError('a request is one line of printable ASCII');
  const hash = hashOf(salt + full);
  return {
    line: `${hash.slice(0, sumDigits)} ${full}`,
    tag: hash.slice(sumDigits, sumDigits + tagDigits),
  };
}

/** What a node says to a line that is no request. */
export const refusalOf = (salt: string): string => `%?${salt.slice(0, 4)}%`;

/** What was found in the bytes since a request went out. */
export type Found =
  /** `end` is the position behind the answer. */
  | { readonly is: 'answer'; readonly words: string; readonly end: number }
  /** An answer to this request began or ended, but not as it was sent. */
  | { readonly is: 'damaged' }
  | { readonly is: 'refused'; readonly end: number }
  | { readonly is: 'nothing' };

/** Looks for the answer with this tag. */
export function answerIn(heard: Buffer, salt: string, tag: string): Found {
  const begin = Buffer.from(`%${tag} `);
  const end = Buffer.from(` ${tag}%`);
  for (let at = heard.indexOf(begin); at >= 0; at = heard.indexOf(begin, at + 1)) {
    const close = heard.indexOf(end, at + begin.length - 1);
    if (close < 0) break;
    const words = wordsOf(heard.toString('latin1', at + 1, close), salt, tag);
    if (words !== undefined) return { is: 'answer', words, end: close + end.length };
  }
  // Its last characters came, so no more will.
  if (heard.includes(end)) return { is: 'damaged' };
  const refusal = heard.indexOf(refusalOf(salt));
  return refusal < 0 ? { is: 'nothing' } : { is: 'refused', end: refusal + refusalOf(salt).length };
}

/** The words between tag and sum; undefined when the sum is another. */
function wordsOf(text: string, salt: string, tag: string): string | undefined {
  // Terminals in between may break long lines; the node itself never does.
  const flat = text.replaceAll(/[\r\n]/g, '');
  const sum = flat.slice(-sumDigits);
  const said = flat.slice(0, -sumDigits - 1);
  if (flat.at(-sumDigits - 1) !== ' ' || hashOf(salt + said).slice(0, sumDigits) !== sum) return undefined;
  return said.slice(tag.length + 1);
}

/** What a login, a boot or the prompt of another shell leaves on the line: whoever reads there is not our loop. */
export const looksForeign = (heard: Buffer): boolean =>
  /(?:login: *|assword: *|(?:[$#>] ?|[^\r\n]% )(?:\x1b\[[0-9;?]*[A-Za-z])*)$|Linux version \d|U-Boot \d|Last login:/.test(
    heard.toString('latin1').slice(-4000),
  );
