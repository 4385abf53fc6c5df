import { quoted } from './sh.ts';

/** Linux gives one argument 128 KiB; the login shell gets the whole command as one. */
const longest = 120 * 1024;

/** What some login shell reads otherwise inside single quotes: csh `!` and line breaks, fish `\`, all of them `'`. */
const unsafe = /[\\'!\n\r]/g;
const octal = (char: string): string => `\\0${char.charCodeAt(0).toString(8).padStart(3, '0')}`;

/**
 * A POSIX sh script as one command line that bash, dash, busybox ash, fish, csh and tcsh all pass on unchanged.
 * Characters they disagree about travel as octal escapes, which `printf %b` turns back.
 * Throws a RangeError for what no argument can hold.
 */
export function throughLoginShell(text: string): string {
  if (text.includes('\0')) throw new RangeError('a command cannot hold a NUL byte');
  const coded = text.replaceAll(unsafe, octal);
  const line =
    coded === text ? `exec sh -c '${text}'` : `exec sh -c 'eval "$(printf %b "$1")"' sh '${coded}'`;
  if (Buffer.byteLength(line) > longest)
    throw new RangeError('the command is longer than a node takes in one piece');
  return line;
}

/**
 * The script with its beginning marked on both streams, so that whatever the login shell's start files print can be
 * told from the command's own output. On stdout the mark is followed by the process id. Messages come in English.
 */
export const marked = (text: string, mark: string): string =>
  `LC_ALL=C; export LC_ALL; printf ':%s:%s:' ${mark} $$; printf ':%s::' ${mark} >&2\n${text}`;

/** The same through sudo without a prompt: fails when a password would be needed. */
export const throughSudo = (text: string): string =>
  `LC_ALL=C; export LC_ALL; exec sudo -n -- sh -c ${quoted(text)}`;

/**
 * The same through sudo with a password on stdin. `-k` ignores what was typed earlier, so sudo asks with exactly this
 * prompt or needs no password at all; only the prompt may be answered, else the command itself would read the password.
 */
export const throughSudoAsking = (text: string, prompt: string): string =>
  `LC_ALL=C; export LC_ALL; exec sudo -k -S -p ${prompt} -- sh -c ${quoted(text)}`;
