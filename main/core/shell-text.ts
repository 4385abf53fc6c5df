/**
 * A script for a node's shell, as it is written: backslashes stay, and `\${` stands for the shell's own `${`. What is put
 * in is text of ours; values from outside reach a script as arguments or in a file.
 */
export function shellText(parts: TemplateStringsArray, ...texts: readonly string[]): string {
  return String.raw({ raw: parts.raw.map(part => part.replaceAll('\\${', '${')) }, ...texts);
}
