/** kubectl's JSONPath, as far as it is used in the field: fields, `[*]`, `[n]`, `[?(@.a=="b")]`, `{range}`, quoted text. */
export function jsonpath(template: string, root: unknown): string {
  const parts = [...template.matchAll(/\{([^}]*)\}|([^{]+)/g)].map(found =>
    found[1] === undefined ? { text: found[2] ?? '' } : { ask: found[1].trim() },
  );
  return run(parts, 0, parts.length, root, root);
}

type Part = { readonly text: string } | { readonly ask: string };

function run(parts: readonly Part[], from: number, to: number, at: unknown, root: unknown): string {
  let out = '';
  for (let i = from; i < to; i += 1) {
    const part = parts[i];
    if (!part) continue;
    if ('text' in part) out += part.text;
    else if (/^["']/.test(part.ask))
      out += part.ask.slice(1, -1).replaceAll('\\n', '\n').replaceAll('\\t', '\t');
    else if (part.ask.startsWith('range ')) {
      const end = endOf(parts, i);
      for (const each of select(part.ask.slice(6).trim(), at, root))
        out += run(parts, i + 1, end, each, root);
      i = end;
    } else out += select(part.ask, at, root).map(shown).join(' ');
  }
  return out;
}

function endOf(parts: readonly Part[], from: number): number {
  let depth = 0;
  for (let i = from; i < parts.length; i += 1) {
    const part = parts[i];
    if (!part || !('ask' in part)) continue;
    if (part.ask.startsWith('range ')) depth += 1;
    if (part.ask === 'end' && (depth -= 1) === 0) return i;
  }
  return parts.length;
}

const shown = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);

const steps =
  /\.\.?([A-Za-z_](?:[\w-]|\\\.|\/)*)|\[\*\]|\.\*|\[(-?\d+)\]|\[['"]([^'"]+)['"]\]|\[\?\(@\.?([^)=!<>\s]+)\s*(==|!=)\s*['"]?([^'")]*)['"]?\)\]/g;

/** Values a path leads to. */
function select(path: string, at: unknown, root: unknown): unknown[] {
  let found: unknown[] = [path.startsWith('$') ? root : at];
  for (const [all, name, index, quoted, key, op, wanted] of path.matchAll(steps)) {
    found = found.flatMap(value => {
      if (all === '[*]' || all === '.*') return Array.isArray(value) ? value : Object.values(value ?? {});
      if (index !== undefined) return Array.isArray(value) ? [value.at(Number(index))] : [];
      if (key !== undefined)
        return (Array.isArray(value) ? value : []).filter(
          each => (String(select(`.${key}`, each, each)[0]) === wanted) === (op === '=='),
        );
      const member = (quoted ?? name ?? '').replaceAll('\\.', '.');
      const next = (value as Record<string, unknown> | null | undefined)?.[member];
      return next === undefined ? [] : [next];
    });
  }
  return found;
}
