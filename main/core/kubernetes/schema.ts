import { fields as table } from './fields.ts';

/** What one value is. Letters are the table's; `message` has fields of its own. */
export type Form =
  | 'text'
  | 'flag'
  | 'whole'
  | 'decimal'
  | 'bytes'
  | 'time'
  | 'micro-time'
  | 'quantity'
  | 'whole-or-text'
  | 'raw-json'
  | 'texts'
  | 'message';

const forms: Readonly<Record<string, Form>> = {
  s: 'text',
  b: 'flag',
  i: 'whole',
  d: 'decimal',
  y: 'bytes',
  T: 'time',
  M: 'micro-time',
  Q: 'quantity',
  I: 'whole-or-text',
  R: 'raw-json',
  W: 'texts',
};

/** When a field is printed that was not written: never, as null, or as what is empty of its form. */
export type Absent = 'left-out' | 'null' | 'empty';

export interface Field {
  readonly number: number;
  readonly name: string;
  readonly form: Form;
  /** Of a message: its name in the table. */
  readonly message: string;
  readonly many: 'one' | 'list' | 'map';
  readonly absent: Absent;
  /** Written only when set, so what is written is printed, however empty. */
  readonly isPointer: boolean;
  /** Its fields are printed as those of what surrounds it. */
  readonly isMerged: boolean;
}

export interface Message {
  readonly name: string;
  readonly fields: readonly Field[];
  readonly byNumber: ReadonlyMap<number, Field>;
}

interface Lines {
  /** By `package.Name`: the package and the fields. */
  readonly messages: ReadonlyMap<string, readonly [in_: string, fields: string]>;
  /** By `apiVersion Kind`: the name of the message. */
  readonly kinds: ReadonlyMap<string, string>;
}

let lines: Lines | undefined;

/**
 * A line of the table is `Name [apiVersion]=field field …` below a line `> package`. A field is its number, a sign, its
 * name, a colon, `[` for a list or `{` for a map, and a letter or `@` and the name of a message. Signs: `?` printed when
 * written, `!` null when not written, `-` printed when not empty, `<` merged, none printed always.
 */
function tableLines(): Lines {
  if (lines) return lines;
  const [messages, kinds] = [new Map<string, readonly [string, string]>(), new Map<string, string>()];
  let in_ = '';
  for (const line of table.split('\n')) {
    const [, name = '', apiVersion, fields = ''] = /^(\w+)(?: (\S+))?=(.*)$/.exec(line) ?? [];
    if (line.startsWith('> ')) in_ = line.slice(2);
    if (name === '') continue;
    messages.set(`${in_}.${name}`, [in_, fields]);
    if (apiVersion !== undefined) kinds.set(`${apiVersion} ${name}`, `${in_}.${name}`);
  }
  return (lines = { messages, kinds });
}

const known = new Map<string, Message>();

/** A message by the name that `Field.message` gives. */
export function messageNamed(name: string): Message {
  const before = known.get(name);
  if (before) return before;
  const [in_, text] = tableLines().messages.get(name) ?? ['', ''];
  const fields = text === '' ? [] : text.split(' ').map(field => fieldOf(field, in_));
  const message = { name, fields, byNumber: new Map(fields.map(field => [field.number, field])) };
  known.set(name, message);
  return message;
}

/** The message of a kind; nothing when this app does not know it. */
export function messageOf(apiVersion: string, kind: string): Message | undefined {
  const name = tableLines().kinds.get(`${apiVersion} ${kind}`);
  return name === undefined ? undefined : messageNamed(name);
}

/** All kinds of the table, as `apiVersion Kind`. */
export const knownKinds = (): readonly string[] => [...tableLines().kinds.keys()];

function fieldOf(text: string, in_: string): Field {
  const [, number, sign, name = '', shape, base = ''] =
    /^(\d+)([?!<-]?)([^:]*):([[{]?)(.+)$/.exec(text) ?? [];
  const reference = base.slice(1);
  const many = shape === '[' ? 'list' : shape === '{' ? 'map' : 'one';
  return {
    number: Number(number),
    name,
    form: forms[base] ?? 'message',
    message: !base.startsWith('@') ? '' : reference.includes('.') ? reference : `${in_}.${reference}`,
    many,
    absent:
      sign === '?' || sign === '-'
        ? 'left-out'
        : sign === '!' || (sign === '' && many !== 'one')
          ? 'null'
          : 'empty',
    isPointer: sign === '?' || sign === '!',
    isMerged: sign === '<',
  };
}
