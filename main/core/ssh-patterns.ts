/** One pattern of ssh_config(5) and sshd(8): `*` is any run of characters, `?` exactly one; case does not matter. */
export function matchesPattern(pattern: string, name: string): boolean {
  const source = pattern
    .toLowerCase()
    .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(name.toLowerCase());
}

/** A list of patterns matches when one of them does and no pattern marked `!` does. */
export function matchesPatterns(patterns: readonly string[], name: string): boolean {
  const hit = (negated: boolean): boolean =>
    patterns.some(p => p.startsWith('!') === negated && matchesPattern(negated ? p.slice(1) : p, name));
  return !hit(true) && hit(false);
}
