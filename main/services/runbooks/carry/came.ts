import { FieldError } from '../../../../preload/contract/failure.ts';
import type { Action, Hands } from '../book.ts';
import { arrived } from './scripts.ts';

/** Looks for a file that an earlier step took off the stick. Throws `step-failed` when it is not there; sends nothing. */
export async function cameByStick(
  hands: Hands,
  { file, path, endsAt }: Action & { is: 'upload' },
): Promise<void> {
  const look = arrived(path, endsAt?.path ?? path, file.sha256);
  const { code } = await hands.exec(look, { as: 'root', timeoutMs: 600_000 });
  if (code === 0) return;
  throw new FieldError({
    code: 'step-failed',
    says: `${file.name}, which came by stick, is not where it was put.`,
    about: hands.node.name,
    untouched: 'It was not sent over the cable instead.',
    next: 'Plug the stick in again and continue the run: it is copied anew.',
  });
}
