import { FieldError } from '../../../preload/contract/failure.ts';
import { Secret } from '../../core/secret.ts';
import type { Hands } from './book.ts';

const absent = (thrown: unknown): boolean =>
  thrown instanceof FieldError && thrown.failure.code === 'no-such-thing';

/** A file as root, whose content may not be shown; undefined when it is not there. */
export async function secretFile(hands: Hands, path: string): Promise<Secret | undefined> {
  const { signal, link } = hands;
  if (!(await link.stat(path, { signal, as: 'root' }))) return undefined;
  try {
    const bytes = await link.readFile(path, { signal, as: 'root', mostBytes: 262_144 });
    return new Secret(Buffer.from(bytes).toString());
  } catch (thrown) {
    if (absent(thrown)) return undefined;
    throw thrown;
  }
}
