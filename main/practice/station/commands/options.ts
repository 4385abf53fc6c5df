/** Options of a command line: letters and long names that were given, values of those that take one, and the rest. */
export interface Options {
  readonly has: (...names: readonly string[]) => boolean;
  readonly value: (...names: readonly string[]) => string | undefined;
  readonly rest: readonly string[];
  /** The first option that is not known. */
  readonly unknown: string | undefined;
}

/**
 * Reads options like getopt: `spec` holds flag letters, a letter followed by `:` takes a value; `long` names long
 * options the same way, `=` at the end for those with a value. Options may follow operands unless `posix` is set.
 */
export function options(
  args: readonly string[],
  spec: string,
  long: readonly string[] = [],
  posix = false,
): Options {
  const given = new Map<string, string>();
  const rest: string[] = [];
  let unknown: string | undefined;
  const takes = (letter: string) => spec.includes(`${letter}:`);
  for (let i = 0; i < args.length; i += 1) {
    const arg = args[i] ?? '';
    if (arg === '--') {
      rest.push(...args.slice(i + 1));
      break;
    }
    if (arg.startsWith('--')) {
      const [name = '', value] = arg.slice(2).split(/=(.*)/s);
      if (long.includes(`${name}=`)) given.set(name, value ?? args[(i += 1)] ?? '');
      else if (long.includes(name)) given.set(name, value ?? '');
      else unknown ??= arg;
    } else if (arg.startsWith('-') && arg !== '-') {
      for (let k = 1; k < arg.length; k += 1) {
        const letter = arg.charAt(k);
        if (takes(letter)) {
          given.set(letter, arg.slice(k + 1) || (args[(i += 1)] ?? ''));
          break;
        }
        if (spec.includes(letter)) given.set(letter, '');
        else unknown ??= `-${letter}`;
      }
    } else if (posix) {
      rest.push(...args.slice(i));
      break;
    } else rest.push(arg);
  }
  return {
    has: (...names) => names.some(name => given.has(name)),
    value: (...names) => names.map(name => given.get(name)).find(value => value !== undefined),
    rest,
    unknown,
  };
}
