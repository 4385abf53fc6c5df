import type { Standing } from './prompts.ts';
import type { Sight } from './sight.ts';

const grubTitle = /GNU GRUB +version \S+/;
const grubHelp =
  /Use the .{1,12} and .{1,12} keys to (?:select|change) |highlighted entry will be executed|Minimum Emacs-like screen editing|Minimal BASH-like line editing/;
const viStatus =
  /^(?:"[^"]+"(?: \[.*\])?.*\d+(?:L|,| lines)|-- (?:INSERT|REPLACE|VISUAL)|"[^"]+" \[(?:New|New File|readonly|noeol).*\]|[-IR] \S.* \d+\/\d+ \d+%)/;

/** What a program that draws the whole screen shows: a boot menu or an editor. Nothing when the screen was not drawn. */
export function fullScreen({ rows, drawn }: Sight): Standing | undefined {
  if (!drawn) return undefined;
  const filled = rows.filter(row => row !== '');
  const title = rows.find(row => grubTitle.test(row));
  if (title !== undefined && rows.some(row => grubHelp.test(row)))
    return { is: 'grub', saw: title.trim(), kind: grubKind(rows) };
  if (
    rows.some(row => /GNU nano \d/.test(row)) &&
    rows.some(row => /\^(?:X Exit|G Help|G Get Help|C Cancel)/.test(row))
  )
    return { is: 'editor', saw: rows.find(row => /GNU nano/.test(row))?.trim() ?? '', kind: 'nano' };
  const state = filled.findLast(row => viStatus.test(row));
  if (state !== undefined && filled.indexOf(state) >= filled.length - 2)
    return { is: 'editor', saw: state, kind: 'vi' };
  return rows.filter(row => row === '~').length >= 3 &&
    filled.at(-1) !== '(END)' &&
    !/^:?$/.test(filled.at(-1) ?? '')
    ? { is: 'editor', saw: filled.find(row => row !== '~') ?? '~', kind: 'vi' }
    : undefined;
}

function grubKind(rows: readonly string[]): string {
  if (rows.some(row => row.startsWith('grub> '))) return 'prompt';
  if (rows.some(row => /Minimum Emacs-like/.test(row))) return 'edit';
  return rows.some(row => /will be executed automatically in \d+/.test(row)) ? 'counting' : 'menu';
}
