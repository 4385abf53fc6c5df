import type { Progress } from '../../../preload/contract/domain.ts';
import type { Failure } from '../../../preload/contract/failure.ts';

/** One piece of work the technician started on a screen. It goes on when the screen is left. */
export type Task =
  | { readonly is: 'busy'; readonly progress?: Progress; readonly stopping: boolean }
  | { readonly is: 'failed'; readonly failure: Failure }
  | { readonly is: 'done' };

export type TaskNews =
  | { readonly is: 'began' }
  | { readonly is: 'progress'; readonly progress: Progress }
  | { readonly is: 'stopping' }
  | { readonly is: 'failed'; readonly failure: Failure }
  | { readonly is: 'done' };

/** Folds news of a task. Progress that arrives after the end changes nothing: done stays done, failed stays failed. */
export function foldTask(at: Task | undefined, news: TaskNews): Task | undefined {
  switch (news.is) {
    case 'began':
      return { is: 'busy', stopping: false };
    case 'progress':
      return at?.is === 'busy' ? { ...at, progress: news.progress } : at;
    case 'stopping':
      return at?.is === 'busy' ? { ...at, stopping: true } : at;
    case 'failed':
      return { is: 'failed', failure: news.failure };
    case 'done':
      return { is: 'done' };
    default:
      return news satisfies never;
  }
}
