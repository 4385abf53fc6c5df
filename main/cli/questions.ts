import { closeSync, openSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { ReadStream } from 'node:tty';
import { FieldError } from '../../preload/contract/failure.ts';

/** Asks the person at the terminal; there may be none. */
export interface Questions {
  readonly possible: boolean;
  ask(question: string): Promise<string>;
  /** Nothing typed is shown. */
  askHidden(question: string): Promise<string>;
}

/** Questions on the terminal this process belongs to. Standard input may carry data, so the terminal itself is opened. */
export function terminalQuestions(): Questions {
  const ask = async (question: string, hidden: boolean): Promise<string> => {
    const input = process.stdin.isTTY ? process.stdin : new ReadStream(openSync('/dev/tty', 'r'));
    const lines = createInterface({
      input,
      output: hidden ? undefined : process.stderr,
      terminal: true,
      historySize: 0,
    });
    if (hidden) process.stderr.write(question);
    try {
      return await new Promise<string>((answer, stop) => {
        lines.once('SIGINT', () => stop(unanswered('Stopped at the question.')));
        lines.once('close', () => stop(unanswered('The question was not answered.')));
        if (hidden) lines.once('line', answer);
        else lines.question(question, answer);
      });
    } finally {
      lines.close();
      if (hidden) process.stderr.write('\n');
      if (input === process.stdin) input.pause();
      else input.destroy();
    }
  };
  return {
    possible: process.stderr.isTTY && (process.stdin.isTTY || hasTerminal()),
    ask: question => ask(question, false),
    askHidden: question => ask(question, true),
  };
}

const unanswered = (says: string): FieldError =>
  new FieldError({
    code: 'cancelled',
    says,
    untouched: 'Nothing was done with it.',
    next: 'Run the command again when you are ready.',
  });

function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch {
    return false;
  }
}

/** A file with a secret in it, or standard input for `-`. */
export const secretText = (path: string): string => {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8');
  } catch (cause) {
    throw new FieldError(
      {
        code: 'bad-ask',
        says: 'The file with the secret could not be read.',
        about: path,
        untouched: 'Nothing was done.',
        next: 'Check the path and its permissions, or use - and give it on standard input.',
      },
      { cause },
    );
  }
};

/** The first line of a file, or of standard input for `-`, without its line end. */
export const firstLine = (path: string): string => secretText(path).split(/\r?\n/, 1)[0] ?? '';

/** The first line that is no comment: `age-keygen` writes two of those before the key. */
export const firstKeyLine = (path: string): string =>
  secretText(path)
    .split(/\r?\n/)
    .find(line => line.trim() !== '' && !line.startsWith('#')) ?? '';
