import { FieldError } from '../../preload/contract/failure.ts';
import type { Secret } from './secret.ts';

/** Put where a secret stood. */
const mask = '‹secret›';
const maskBytes = Buffer.from(mask).toString('latin1');

/** Shorter values would blank half of an innocent text; the vault refuses to keep them as tokens anyway. */
const shortest = 4;

/** The characters of base64 of `value` that do not depend on what stands before or after it in a longer text. */
function base64Core(value: Buffer, before: number): string {
  const text = Buffer.concat([Buffer.alloc(before), value])
    .toString('base64')
    .replace(/=+$/, '');
  const from = Math.ceil((before * 8) / 6);
  const to = Math.floor(((before + value.length) * 8) / 6);
  return text.slice(from, to);
}

/** One value in every form it may turn up in: plain, JSON-escaped, percent-encoded, hex, base64 at each alignment. */
function forms(value: string): string[] {
  const raw = Buffer.from(value);
  const base64 = [0, 1, 2].map(before => base64Core(raw, before)).filter(core => core.length >= 8);
  const hex = raw.toString('hex');
  return [
    raw.toString('latin1'),
    Buffer.from(JSON.stringify(value).slice(1, -1)).toString('latin1'),
    encodeURIComponent(value),
    ...(raw.length >= 8 ? [hex, hex.toUpperCase()] : []),
    ...base64,
    ...base64.map(core => core.replaceAll('+', '-').replaceAll('/', '_')),
  ];
}

/** Where in `text` the gap (line end, its indent, colour codes) that begins at `at` is over; `at` itself when none begins there. */
function overGap(text: string, at: number): number {
  let to = at;
  for (;;) {
    const code = text.charCodeAt(to);
    if (code === 13 || code === 10) {
      to += 1;
      while (text.charCodeAt(to) === 32 || text.charCodeAt(to) === 9) to += 1;
    } else if (code === 27) {
      if (to + 1 >= text.length) return text.length;
      if (text.charCodeAt(to + 1) !== 91) return to;
      to += 2;
      while (to < text.length && text.charCodeAt(to) < 0x40) to += 1;
      to += 1;
    } else return Math.min(to, text.length);
  }
}

/** Matches `form` at `from`, over line wraps. Gives where it ends, -1 for no match, -2 when the text ends before it can tell. */
function matchAt(text: string, from: number, form: string): number {
  let at = from;
  for (let i = 0; i < form.length; i++) {
    if (i > 0 && text.charCodeAt(at) !== form.charCodeAt(i)) at = overGap(text, at);
    if (at >= text.length) return -2;
    if (text.charCodeAt(at) !== form.charCodeAt(i)) return -1;
    at += 1;
  }
  return at;
}

/** Things that are secret whoever made them: a full server token, a private key. */
const always: readonly [RegExp, RegExp, RegExp] = [
  /K10[0-9a-f]{64}::[A-Za-z0-9-]+:[^\s"'\\]+/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----/g,
  /(client-key-data: *"?)[A-Za-z0-9+/=]{16,}/g,
];
const keyBegins = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;
/** No private key is longer; a stream that claims to hold one is not held back for ever. */
const longestKey = 16_384;
/** What the above begin with: a chunk that ends in a piece of one waits for the next chunk. */
const heads = ['K10', '-----BEGIN ', 'client-key-data:'];
/** The above, begun and not finished when the chunk ended. */
const begun =
  /(?:K10[0-9a-f]{0,64}(?:::?[^\s"'\\]{0,512})?|-----BEGIN [A-Z ]{0,30}-{0,4}|client-key-data: *"?[A-Za-z0-9+/=]*)$/;

/** Takes known secrets out of what goes to a terminal, a journal or a failure. */
export interface Scrubber {
  /** Learns another secret; texts cleaned before are not touched again. */
  add(secret: Secret): void;
  text(dirty: string): string;
  /** A stream cut at any byte: gives back what is surely clean and keeps a possible beginning of a secret for later. */
  stream(): { push(bytes: Uint8Array): Uint8Array; flush(): Uint8Array };
}

class Known implements Scrubber {
  /** By first character, longest first, so that a value wins over its own beginning. */
  readonly #forms = new Map<number, string[]>();

  add(secret: Secret): void {
    for (const value of new Set([secret.reveal(), secret.reveal().trim()]))
      if (value.length >= shortest) for (const form of forms(value)) this.#learn(form);
  }

  #learn(form: string): void {
    if (form.length < shortest) return;
    const first = form.charCodeAt(0);
    const others = this.#forms.get(first) ?? [];
    if (!others.includes(form))
      this.#forms.set(
        first,
        [...others, form].toSorted((a, b) => b.length - a.length),
      );
  }

  text(dirty: string): string {
    const { clean } = this.#known(Buffer.from(dirty).toString('latin1'), true);
    return Buffer.from(generally(clean), 'latin1').toString();
  }

  /** Cleans up to where a secret might begin but not end; with `last` everything. */
  #known(text: string, last: boolean): { clean: string; rest: string } {
    let clean = '';
    let from = 0;
    let at = 0;
    while (at < text.length) {
      const end = this.#endAt(text, at);
      if (end === -2 && !last) return { clean: clean + text.slice(from, at), rest: text.slice(at) };
      if (end > at) {
        clean += text.slice(from, at) + maskBytes;
        from = end;
        at = end;
      } else at += 1;
    }
    return { clean: clean + text.slice(from), rest: '' };
  }

  #endAt(text: string, at: number): number {
    let unsure = -1;
    for (const form of this.#forms.get(text.charCodeAt(at)) ?? []) {
      const end = matchAt(text, at, form);
      if (end >= 0) return end;
      if (end === -2) unsure = -2;
    }
    return unsure;
  }

  stream(): { push(bytes: Uint8Array): Uint8Array; flush(): Uint8Array } {
    let held = '';
    const give = (text: string): Uint8Array => Buffer.from(generally(text), 'latin1');
    return {
      push: bytes => {
        const { clean, rest } = this.#known(held + Buffer.from(bytes).toString('latin1'), false);
        const sure = surelyOver(clean);
        held = clean.slice(sure) + rest;
        return give(clean.slice(0, sure));
      },
      flush: () => {
        const { clean } = this.#known(held, true);
        held = '';
        return give(clean);
      },
    };
  }
}

const generally = (text: string): string =>
  always.reduce(
    (now, rule) =>
      now.replace(rule, (_all, lead: unknown) => (typeof lead === 'string' ? lead : '') + maskBytes),
    text,
  );

/** How much of a text can be given away without cutting one of the general secrets in two. */
function surelyOver(text: string): number {
  const key = text.lastIndexOf('-----BEGIN ');
  const open =
    key >= 0 && keyBegins.test(text.slice(key)) && !/-----END [A-Z ]*PRIVATE KEY-----/.test(text.slice(key));
  if (open && text.length - key < longestKey) return key;
  const tail = Math.max(0, text.length - longestKey);
  const start = begun.exec(text.slice(tail));
  if (start) return tail + start.index;
  return notInside(text, text.length - Math.max(...heads.map(head => pieceAtEnd(text, head))));
}

/** A cut that would fall into a finished private key (its last dashes look like a beginning) is moved behind it. */
function notInside(text: string, cut: number): number {
  for (const found of text.matchAll(always[1])) {
    const end = found.index + found[0].length;
    if (found.index < cut && cut < end) return end;
  }
  return cut;
}

/** How many characters of the beginning of `head` the text ends with. */
function pieceAtEnd(text: string, head: string): number {
  for (let length = head.length - 1; length > 0; length--)
    if (text.endsWith(head.slice(0, length))) return length;
  return 0;
}

/** A scrubber that knows these secrets. */
export function scrubber(secrets: Iterable<Secret> = []): Scrubber {
  const known = new Known();
  for (const secret of secrets) known.add(secret);
  return known;
}

/**
 * A failure whose words repeat a secret, without it; everything else comes back as it is. What it is about is our own
 * word (a node, a path) and stays, even where somebody took it for a password.
 */
export function withoutSecrets(thrown: unknown, secrets: Iterable<Secret>): unknown {
  if (!(thrown instanceof FieldError)) return thrown;
  const scrub = scrubber(secrets);
  const { code, about, ...words } = thrown.failure;
  const clean = JSON.parse(JSON.stringify(words), (_key, one: unknown) =>
    typeof one === 'string' ? scrub.text(one) : one,
  ) as Omit<typeof thrown.failure, 'code' | 'about'>;
  if (JSON.stringify(clean) === JSON.stringify(words)) return thrown;
  // Not as its cause: the original error carries the words that were taken out.
  return new FieldError({ code, ...(about !== undefined && { about }), ...clean });
}
