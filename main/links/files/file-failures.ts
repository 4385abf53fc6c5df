import { FieldError } from '../../../preload/contract/failure.ts';
import type { FailureCode } from '../../../preload/contract/failure.ts';
import type { Exit } from '../../ports.ts';
import { cutShort, isFolder } from './scripts.ts';

const lastLine = (text: string): string => text.trim().split('\n').at(-1)?.trim() ?? '';

interface Meaning {
  readonly seen: RegExp;
  readonly code: FailureCode;
  readonly says: (path: string) => string;
  readonly next: string;
}

const meanings: readonly Meaning[] = [
  {
    seen: /No space left|quota exceeded/i,
    code: 'disk-full',
    says: path => `The node has no room left for ${path}.`,
    next: 'Free some space on the node, then try again. What was already sent stays there and is not sent again.',
  },
  {
    seen: /Read-only file system/i,
    code: 'not-writable',
    says: path => `${path} lies on a file system that is mounted read-only.`,
    next: 'A file system often becomes read-only when its disk fails. Look at the node’s kernel log before you remount it.',
  },
  {
    seen: /Permission denied|Operation not permitted|Failure: permission/i,
    code: 'not-writable',
    says: path => `This account may not get at ${path}.`,
    next: 'Use sudo, or an account that may.',
  },
  {
    seen: /No such file|Not a directory|nonexistent directory|Directory nonexistent/i,
    code: 'no-such-thing',
    says: path => `There is no ${path} on the node.`,
    next: 'Check the path and its folder.',
  },
  {
    seen: /Is a directory/i,
    code: 'could-not',
    says: path => `${path} is a folder on the node.`,
    next: 'Give the path of a file.',
  },
  {
    seen: /Input\/output error/i,
    code: 'could-not',
    says: path => `The node’s disk could not read or write ${path}.`,
    next: 'The disk is probably failing. Copy off what matters before anything else.',
  },
];

/** What a failed file command means, from its exit status and message. */
export function fileFailure(about: string, path: string, exit: Pick<Exit, 'code' | 'stderr'>): FieldError {
  const untouched = 'The file is as it was before.';
  if (exit.code === isFolder) {
    return new FieldError({
      code: 'could-not',
      says: `${path} is a folder on the node.`,
      about,
      untouched,
      next: 'Give the path of a file.',
    });
  }
  if (exit.code === cutShort) {
    const says = `${path} arrived incomplete and was thrown away.`;
    return new FieldError({ code: 'link-lost', says, about, untouched, next: 'Try again.' });
  }
  const meaning = meanings.find(({ seen }) => seen.test(exit.stderr));
  return new FieldError({
    code: meaning?.code ?? 'could-not',
    says:
      meaning?.says(path) ??
      `The node could not do this with ${path}: ${lastLine(exit.stderr) || `status ${exit.code}`}.`,
    about,
    untouched,
    next: meaning?.next ?? 'Look at the file in the terminal.',
  });
}
