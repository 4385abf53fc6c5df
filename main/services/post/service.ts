import { FieldError } from '../../../preload/contract/failure.ts';
import type { CallHandlers } from '../../bridge/handlers.ts';
import { markRead, noteById, notes } from '../../store/notes.ts';
import { takePost } from './take.ts';
import type { PostDeps } from './take.ts';

/** What headquarters sends back on a stick, taken at the site. */
export const postService = (
  deps: PostDeps,
): { readonly calls: Pick<CallHandlers, 'post.take' | 'post.notes' | 'post.read'> } => ({
  calls: {
    'post.take': async ({ from }) => takePost(deps, await deps.files.real(from)),
    'post.notes': ({ site }) => deps.store.read(db => notes(db, site)),
    'post.read': ({ note: id }) => {
      deps.store.write(db => {
        markRead(db, id, deps.clock.now().toISOString());
      });
      const found = deps.store.read(db => noteById(db, id));
      if (found) return found;
      throw new FieldError({
        code: 'no-such-thing',
        says: 'There is no such note on this laptop.',
        about: id,
        untouched: 'Nothing was done.',
        next: 'List the notes and choose one of them.',
      });
    },
  },
});
