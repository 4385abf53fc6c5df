import type { RemedyChoice, RemedyField } from '../../../../preload/contract/doctor.ts';
import { FieldError } from '../../../../preload/contract/failure.ts';

/** What the technician chose, checked against the questions that were asked. */
export interface Answers {
  /** Of `text` and `choice`. */
  text(name: string): string;
  /** Of `flag`. */
  yes(name: string): boolean;
  /** Of `many`. */
  many(name: string): readonly string[];
}

function refuse(says: string, next: string): never {
  throw new FieldError({ code: 'bad-ask', says, untouched: 'Nothing was changed on the node.', next });
}

const parted = (value: string): readonly string[] => value.split('\n').filter(one => one !== '');

function checked(field: RemedyField, value: string): string {
  const { kind, label, options = [] } = field;
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u0009\u000b-\u001f\u007f]/.test(value) || (kind !== 'many' && value.includes('\n')))
    refuse(`“${label}” holds characters that cannot be typed on a line.`, 'Type it again.');
  if (kind === 'flag' && value !== 'yes' && value !== 'no')
    refuse(`“${label}” is answered with yes or no.`, 'Give yes or no.');
  const known = new Set(options.map(one => one.value));
  const given = kind === 'many' ? parted(value) : kind === 'choice' ? [value] : [];
  const stranger = given.find(one => !known.has(one));
  if (stranger !== undefined)
    refuse(
      `“${label}” does not offer ${JSON.stringify(stranger.slice(0, 120))}.`,
      options.length === 0
        ? 'There is nothing to choose on this node.'
        : `Choose from ${options.map(one => one.value).join(', ')}.`,
    );
  return value;
}

/** The answers to a remedy's questions; what was not answered stays as proposed. Throws `bad-ask` naming the question. */
export function answersTo(fields: readonly RemedyField[], given: readonly RemedyChoice[]): Answers {
  const stranger = given.find(one => !fields.some(({ name }) => name === one.name));
  if (stranger)
    refuse(
      `This remedy asks nothing called “${stranger.name}”.`,
      fields.length === 0
        ? 'It has nothing to choose.'
        : `It asks: ${fields.map(({ name }) => name).join(', ')}.`,
    );
  const values = new Map(
    fields.map(field => [
      field.name,
      checked(field, given.findLast(({ name }) => name === field.name)?.value ?? field.value),
    ]),
  );
  const text = (name: string): string => values.get(name) ?? '';
  return { text, yes: name => text(name) === 'yes', many: name => parted(text(name)) };
}
