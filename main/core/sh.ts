declare const brand: unique symbol;

/** Text that may go to a node's shell. Made only by `sh`, so every value in it went through `quoted`. */
export type Sh = { readonly text: string; readonly [brand]: 'sh' };

/**
 * One value as one word of a POSIX shell (dash, busybox ash, bash, and after `sh -c` any login shell).
 * Single quotes keep everything but the single quote itself; NUL cannot be in an argument and is refused.
 */
export function quoted(value: string): string {
  if (value.includes('\0')) throw new RangeError('a shell word cannot hold a NUL byte');
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
}

type Value = string | number | Sh | readonly string[];

const word = (value: Value): string => {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number') return quoted(String(value));
  return 'text' in value ? value.text : value.map(quoted).join(' ');
};

/**
 * A command for a node: ``sh`sha256sum -- ${path}` ``. Strings and numbers are quoted as one word each, lists as
 * several words, other `Sh` values are placed as they are. Secrets are no `Value`: they go through stdin.
 */
export function sh(parts: TemplateStringsArray, ...values: readonly Value[]): Sh {
  let text = parts[0] ?? '';
  values.forEach((value, i) => {
    text += word(value) + (parts[i + 1] ?? '');
  });
  return { text } as Sh;
}

/** A script that ships with the app, taken as it is. Values reach it as positional arguments. */
export function script(text: string, ...args: readonly string[]): Sh {
  return sh`sh -c ${text} sh ${args}`;
}
