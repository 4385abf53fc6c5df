/** What a node says about one run. */
export type Report =
  | { readonly is: 'unknown' }
  | {
      readonly is: 'known';
      /** All output is written; nothing of the run is left. */
      readonly over: boolean;
      /** Status as the shell around it saw it; undefined while it runs. */
      readonly status: number | undefined;
      /** Status by the command's own word; absent while it runs and when a signal ended it. */
      readonly own: number | undefined;
      readonly pid: number | undefined;
      readonly stdout: Uint8Array;
      readonly stderr: Uint8Array;
    };

const number = (word: string | undefined): number | undefined =>
  word === undefined || !/^\d+$/.test(word) ? undefined : Number(word);
const data = (word: string | undefined): Uint8Array =>
  word === undefined || word === '-' ? new Uint8Array() : Buffer.from(word, 'base64');

/** Reads the words of the function `v`; undefined when they are something else. */
export function report(words: string): Report | undefined {
  const [is, over, status, own, pid, out, err] = words.split(' ');
  if (is === 'n') return { is: 'unknown' };
  if (is !== 'r') return undefined;
  return {
    is: 'known',
    over: over === '1',
    status: number(status),
    own: number(own),
    pid: number(pid),
    stdout: data(out),
    stderr: data(err),
  };
}

/** Linux' signals by number, as SSH names them. */
const signals: Readonly<Record<number, string>> = {
  1: 'HUP',
  2: 'INT',
  3: 'QUIT',
  4: 'ILL',
  5: 'TRAP',
  6: 'ABRT',
  7: 'BUS',
  8: 'FPE',
  9: 'KILL',
  10: 'USR1',
  11: 'SEGV',
  12: 'USR2',
  13: 'PIPE',
  14: 'ALRM',
  15: 'TERM',
};

/**
 * Status or signal of a command. A shell shows both as one number; a command that ended by itself also left its own
 * word, so `exit 137` and a kill can be told apart.
 */
export function ending(
  status: number,
  own: number | undefined,
): { code: number | null; signal: string | null } {
  const signal = status > 128 && own !== status ? signals[status - 128] : undefined;
  return signal === undefined ? { code: status, signal: null } : { code: null, signal };
}
