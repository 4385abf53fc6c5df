/** The lines in which two texts differ, `-` before and `+` after, with their numbers; for showing what an edit does. */
export function changedLines(before: string, after: string): string {
  const [a, b] = [before.split('\n'), after.split('\n')];
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a.at(-1 - tail) === b.at(-1 - tail)) tail++;
  // what is equal in the middle of two edits is shown once, as it is
  const out: string[] = [];
  const [left, right] = [a.slice(head, a.length - tail), b.slice(head, b.length - tail)];
  if (left.length === right.length)
    left.forEach((line, i) => {
      const now = right[i] ?? '';
      if (line === now) out.push(`  ${head + i + 1}  ${line}`);
      else out.push(`- ${head + i + 1}  ${line}`, `+ ${head + i + 1}  ${now}`);
    });
  else {
    out.push(...left.map((line, i) => `- ${head + i + 1}  ${line}`));
    out.push(...right.map((line, i) => `+ ${head + i + 1}  ${line}`));
  }
  return out.join('\n');
}
