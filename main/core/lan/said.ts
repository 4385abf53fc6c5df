import { withoutEscapes } from '../escapes.ts';

/** Longest line of a stranger that is kept, in characters. */
export const longestSaid = 200;
// Control characters, line ends, marks that turn the reading direction or are not seen at all, halves of characters.
const hidden =
  /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u{ad}\u{61c}\u{180e}\u{200b}-\u{200f}\u{202a}-\u{202e}\u{2060}-\u{206f}\u{feff}\u{e0000}-\u{e0fff}]/gu;

/** What a stranger on the network said, as one line that is safe to show: no escapes, no invisible marks, cut. */
export const oneLine = (text: string, most: number = longestSaid): string =>
  withoutEscapes(text.slice(0, most * 4))
    .replaceAll(hidden, ' ')
    .replaceAll(/ +/g, ' ')
    .trim()
    .slice(0, most)
    .toWellFormed();
