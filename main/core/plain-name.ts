import { FieldError } from '../../preload/contract/failure.ts';

/** Longest name of a site, node or person, in characters. */
const mostLetters = 100;
// Control characters, line ends, and the marks that turn the reading direction, with which one name can pose as another.
const hidden = /[\p{Cc}\p{Zl}\p{Zp}\u{202a}-\u{202e}\u{2066}-\u{2069}\u{feff}]/u;

/**
 * A name given by a person, in any script: trimmed, composed (NFC), 1 to 100 characters, nothing invisible in it and no
 * leading dash, so it can stand in a list, a log and a command line. Throws `bad-ask`.
 */
export function plainName(raw: string, thing: string): string {
  const name = raw.trim().normalize('NFC');
  const wrong = whatIsWrong(name);
  if (wrong === undefined) return name;
  throw new FieldError({
    code: 'bad-ask',
    says: `That name for the ${thing} ${wrong}.`,
    untouched: 'Nothing was changed.',
    next: 'Give it a short name of letters, digits and spaces, in any script.',
  });
}

function whatIsWrong(name: string): string | undefined {
  if (name === '') return 'is empty';
  if (!name.isWellFormed() || hidden.test(name))
    return 'has a control character or another invisible mark in it';
  if (name.length > mostLetters) return `is longer than ${mostLetters} characters`;
  if (name.startsWith('-')) return 'begins with a dash, which commands take for an option';
  return undefined;
}
