import type { History } from './history.ts';
import type { Standing } from './prompts.ts';
import { isMessage } from './sight.ts';
import type { Sight } from './sight.ts';

/** What the kernel says when it gives up; with its time stamp, or without where those are off. */
const panic =
  /^(?:\[\s*\d+\.\d+\](?:\[\s*[TC]\d+\])? )?(?:---\[ end )?Kernel panic - not syncing: ?(.*?)(?: ?\]---)?$/;
/** Nothing follows a panic but its own trace. */
const quietMs = 1000;
/** A command that prints an old panic is given so long to print more. */
const quietInShellMs = 3000;
const quietWhileToldMs = 10_000;
const mostLines = 60;
/** Commands whose output may well hold an old panic. */
const shows =
  /\b(?:cat|tac|less|more|tail|head|grep|zgrep|zcat|xzcat|dmesg|journalctl|awk|sed|watch|ssh|strings)\b/;

/** A kernel panic, when it is the last thing that was said and nothing but its own trace came after it. */
export function panicOf(sight: Sight, history: History, quiet: number): Standing | undefined {
  const raw = sight.raw.slice(-mostLines);
  const from = raw.findLastIndex(text => panic.test(text));
  if (from < 0 || sight.line.trim() !== '' || quiet < needed(history)) return undefined;
  if (
    !raw.slice(from + 1).every(text => isMessage(text) || panic.test(text) || /^Rebooting in \d+/.test(text))
  )
    return undefined;
  if (history.inShell && shownBy(sight, history)) return undefined;
  const first = raw.find(text => panic.test(text)) ?? '';
  const again = raw.slice(from).some(text => /Rebooting in \d+ seconds/.test(text));
  return { is: 'panic', saw: first, kind: again ? 'reboots' : 'stands' };
}

function needed({ inShell, told }: History): number {
  if (told === 'running') return quietWhileToldMs;
  return inShell ? quietInShellMs : quietMs;
}

/** Whether the command that was typed last is one that prints what lies somewhere. */
export function shownBy({ before }: Sight, { prompt, told }: History): boolean {
  if (told !== undefined) return false;
  const typed = prompt && before.findLast(text => text.startsWith(prompt.text.trimEnd()));
  return typed !== undefined && shows.test(typed.slice(prompt?.text.length));
}
