import { Wire } from '../etcd-snapshot/wire.ts';
import { rfc3339, rfc3339Micro } from './forms.ts';
import { jsonOf } from './json.ts';
import type { Json } from './json.ts';
import { messageNamed } from './schema.ts';
import type { Field, Message } from './schema.ts';

/** A value that does not hold what its kind holds. The message is a plain sentence. */
export class Unreadable extends Error {}

type Made = Record<string, Json>;

/** No object of Kubernetes is nested so deep or has so many parts; a damaged one may claim it. */
const [deepest, mostParts, mostUnknown] = [120, 400_000, 50];

/** Reads protobuf into JSON as Kubernetes prints it. One for each object. Throws `Unreadable`. */
export class Decoder {
  /** Paths of fields that the table does not have; at most 50. */
  readonly unknown: string[] = [];
  readonly #bytes: Uint8Array;
  readonly #path: string[] = [];
  #parts = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  read(message: Message, from: number, to: number): Made {
    const made: Made = {};
    this.#message(message, from, to, made);
    return made;
  }

  /** Reads a message into what is printed, its own or that of what surrounds it. */
  #message(message: Message, from: number, to: number, into: Made): void {
    if (this.#path.length > deepest) throw new Unreadable('It is nested deeper than any object is.');
    const wire = new Wire();
    const found = new Map<Field, Json>();
    wire.start(this.#bytes, from, to);
    while (wire.next()) {
      if (++this.#parts > mostParts) throw new Unreadable('It has more parts than any object has.');
      const field = message.byNumber.get(wire.field);
      if (field) this.#inside(field.name, () => this.#field(field, wire, found));
      else this.#unknownField(wire.field);
    }
    if (!wire.sound) throw new Unreadable('It is cut short or damaged.');
    for (const field of message.fields) this.#print(field, found.get(field), into);
  }

  #inside<T>(name: string, work: () => T): T {
    this.#path.push(name);
    const result = work();
    this.#path.pop();
    return result;
  }

  #unknownField(number: number): void {
    const path = [...this.#path.filter(name => name !== ''), `field ${number}`].join('.');
    if (this.unknown.length < mostUnknown && !this.unknown.includes(path)) this.unknown.push(path);
  }

  #field(field: Field, wire: Wire, found: Map<Field, Json>): void {
    if (field.many === 'map') return this.#mapEntry(field, wire, found);
    if (field.many === 'one') return void found.set(field, this.#value(field, wire));
    const list = (found.get(field) ?? []) as Json[];
    found.set(field, list);
    if (wire.isBytes && (field.form === 'whole' || field.form === 'flag')) this.#packed(field, wire, list);
    else list.push(this.#value(field, wire));
  }

  /** Numbers of a list may lie one behind the other. */
  #packed(field: Field, wire: Wire, list: Json[]): void {
    let [at, end] = [wire.from, wire.to];
    while (at < end) {
      let value = 0n;
      let shift = 0n;
      for (;;) {
        const byte = this.#bytes[at++] ?? 0;
        value |= BigInt(byte & 0x7f) << shift;
        shift += 7n;
        if (byte < 0x80) break;
        if (at >= end || shift > 63n) throw new Unreadable('It is cut short or damaged.');
      }
      list.push(field.form === 'flag' ? value !== 0n : whole(value));
    }
  }

  #mapEntry(field: Field, wire: Wire, found: Map<Field, Json>): void {
    if (!wire.isBytes) throw wrongForm(field);
    const map = (found.get(field) ?? {}) as Made;
    found.set(field, map);
    const entry = new Wire();
    let key = '';
    let value: Json | undefined;
    entry.start(this.#bytes, wire.from, wire.to);
    while (entry.next()) {
      if (entry.field === 1 && entry.isBytes) key = this.#text(entry.from, entry.to);
      if (entry.field === 2) value = this.#value(field, entry);
    }
    if (!entry.sound) throw new Unreadable('It is cut short or damaged.');
    put(map, key, value ?? this.#empty(field));
  }

  #value(field: Field, wire: Wire): Json {
    if (field.form === 'whole' || field.form === 'flag') {
      if (wire.isBytes) throw wrongForm(field);
      if (field.form === 'flag') return wire.low !== 0 || wire.high !== 0;
      return wire.high === 0 ? wire.low : whole(wire.bigint);
    }
    if (field.form === 'decimal') return this.#decimal(field, wire);
    if (!wire.isBytes) throw wrongForm(field);
    return this.#bytesValue(field, wire.from, wire.to);
  }

  #decimal(field: Field, wire: Wire): Json {
    if (wire.isBytes || wire.to - wire.from !== 8) throw wrongForm(field);
    return new DataView(this.#bytes.buffer, this.#bytes.byteOffset + wire.from, 8).getFloat64(0, true);
  }

  #bytesValue(field: Field, from: number, to: number): Json {
    switch (field.form) {
      case 'text':
        return this.#text(from, to);
      case 'bytes':
        return this.#buffer(from, to).toString('base64');
      case 'time':
      case 'micro-time':
        return this.#time(field.form, from, to);
      case 'quantity':
        return this.#firstText(from, to) ?? '0';
      case 'whole-or-text':
        return this.#wholeOrText(from, to);
      case 'raw-json':
        return this.#rawJson(from, to);
      case 'texts':
        return this.#texts(from, to);
      case 'message':
        return this.#nested(field, from, to);
      case 'flag':
      case 'whole':
      case 'decimal':
        throw wrongForm(field);
      default:
        return field.form satisfies never;
    }
  }

  #nested(field: Field, from: number, to: number): Json {
    const made: Made = {};
    this.#message(messageNamed(field.message), from, to, made);
    return unions[shortName(field.message)]?.(made) ?? made;
  }

  #buffer(from: number, to: number): Buffer {
    return Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset + from, to - from);
  }

  #text(from: number, to: number): string {
    return this.#buffer(from, to).toString('utf8');
  }

  #firstText(from: number, to: number): string | undefined {
    return this.#textsOf(1, from, to).at(-1);
  }

  #texts(from: number, to: number): Json {
    return this.#textsOf(1, from, to);
  }

  #textsOf(number: number, from: number, to: number): string[] {
    const wire = new Wire();
    const texts: string[] = [];
    wire.start(this.#bytes, from, to);
    while (wire.next()) if (wire.field === number && wire.isBytes) texts.push(this.#text(wire.from, wire.to));
    if (!wire.sound) throw new Unreadable('It is cut short or damaged.');
    return texts;
  }

  /** The numbers of a small message, by field. */
  #numbers(from: number, to: number): readonly (bigint | undefined)[] {
    const wire = new Wire();
    const numbers: (bigint | undefined)[] = [];
    wire.start(this.#bytes, from, to);
    while (wire.next()) if (!wire.isBytes && wire.field < 8) numbers[wire.field] = wire.bigint;
    if (!wire.sound) throw new Unreadable('It is cut short or damaged.');
    return numbers;
  }

  #time(form: 'time' | 'micro-time', from: number, to: number): Json {
    // Kubernetes writes a moment that is not set as nothing at all.
    if (from === to) return null;
    const [, s = 0n, n = 0n] = this.#numbers(from, to);
    const [seconds, nanos] = [Number(BigInt.asIntN(64, s)), Number(BigInt.asIntN(32, n))];
    const said = form === 'time' ? rfc3339(seconds) : rfc3339Micro(seconds, nanos);
    if (said === undefined) throw new Unreadable(`“${this.#path.join('.')}” is in no year there is.`);
    return said;
  }

  #wholeOrText(from: number, to: number): Json {
    const [, type = 0n, int = 0n] = this.#numbers(from, to);
    return type === 1n ? (this.#textsOf(3, from, to).at(-1) ?? '') : Number(BigInt.asIntN(32, int));
  }

  #rawJson(from: number, to: number): Json {
    const wire = new Wire();
    let json: Json | undefined = null;
    wire.start(this.#bytes, from, to);
    while (wire.next())
      if (wire.field === 1 && wire.isBytes) json = jsonOf(this.#bytes.subarray(wire.from, wire.to));
    if (!wire.sound) throw new Unreadable('It is cut short or damaged.');
    if (json === undefined)
      throw new Unreadable(`“${this.#path.join('.')}” should hold JSON and holds none.`);
    return json;
  }

  #print(field: Field, value: Json | undefined, into: Made): void {
    if (field.isMerged) {
      // An absent message inside has its own fields that are printed always.
      const merged = value ?? this.#empty(field);
      if (typeof merged === 'object' && merged !== null) Object.assign(into, merged);
      return;
    }
    if (value === undefined) {
      if (field.absent === 'null') put(into, field.name, null);
      if (field.absent === 'empty') put(into, field.name, this.#empty(field));
    } else if (field.isPointer || field.absent !== 'left-out' || !isEmpty(value)) {
      put(into, field.name, value);
    }
  }

  /** What is printed for a field that was not written. */
  #empty(field: Field): Json {
    switch (field.form) {
      case 'text':
        return '';
      case 'bytes':
      case 'time':
      case 'micro-time':
      case 'raw-json':
      case 'texts':
        return null;
      case 'flag':
        return false;
      case 'whole':
      case 'decimal':
      case 'whole-or-text':
        return 0;
      case 'quantity':
        return '0';
      case 'message':
        return this.#inside(field.name, () => this.#nested(field, 0, 0));
      default:
        return field.form satisfies never;
    }
  }
}

const wrongForm = (field: Field): Unreadable =>
  new Unreadable(`“${field.name}” is not of the form it has in Kubernetes.`);

/** A number of JavaScript where that is exact. */
function whole(value: bigint): number | bigint {
  const signed = BigInt.asIntN(64, value);
  const number = Number(signed);
  return Number.isSafeInteger(number) ? number : signed;
}

/** A key from outside may be called `__proto__`. */
function put(into: Made, name: string, value: Json): void {
  if (name !== '__proto__') into[name] = value;
  else Object.defineProperty(into, name, { value, enumerable: true, writable: true, configurable: true });
}

function isEmpty(value: Json): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return value === '' || value === 0 || value === false || value === null;
}

const shortName = (message: string): string => message.slice(message.lastIndexOf('.') + 1);

/** The unions of a schema print one of their parts. */
const unions: Readonly<Record<string, (made: Made) => Json>> = {
  JSONSchemaPropsOrBool: made => made['schema'] ?? made['allows'] ?? false,
  JSONSchemaPropsOrArray: made => made['jSONSchemas'] ?? made['schema'] ?? null,
  JSONSchemaPropsOrStringArray: made => made['property'] ?? made['schema'] ?? null,
};
