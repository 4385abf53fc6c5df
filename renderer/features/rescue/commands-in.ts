const typed = /\btype (sudo .+?)(?=$|\.$|\. |, (?:then|or)\b| and log out| to (?:use|see) )/gi;

/** The commands a sentence asks to be typed, so that each can be copied by itself. */
export const commandsIn = (text: string): readonly string[] =>
  [...text.matchAll(typed)].flatMap(match => match[1] ?? []);
