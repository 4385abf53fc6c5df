import type { Folder } from '../../../preload/contract/domain.ts';
import type { Failure } from '../../../preload/contract/failure.ts';
import { without } from '../../ui/without.ts';

/** Choosing a folder: what is in the field, and what the host last listed. */
export interface Picking {
  readonly typed: string;
  readonly folder?: Folder;
  readonly failure?: Failure;
  /** Number of the newest question to the host; only its answer counts. */
  readonly asked: number;
  /** The technician typed since it was asked: the answer must not touch the field. */
  readonly edited: boolean;
}

export type PickingNews =
  | { readonly is: 'typed'; readonly text: string }
  | { readonly is: 'asked'; readonly nth: number }
  | { readonly is: 'came'; readonly nth: number; readonly folder: Folder }
  | { readonly is: 'failed'; readonly nth: number; readonly failure: Failure };

export const startPicking = (start: string | undefined): Picking => ({
  typed: start ?? '',
  asked: 0,
  edited: false,
});

/** Folds what happened: what was typed always stands, and an answer to an older question changes nothing. */
export function foldPicking(at: Picking, news: PickingNews): Picking {
  switch (news.is) {
    case 'typed':
      return { ...at, typed: news.text, edited: true };
    case 'asked':
      return { ...at, asked: news.nth, edited: false };
    case 'came':
      if (news.nth !== at.asked) return at;
      return {
        ...without(at, 'failure'),
        folder: news.folder,
        typed: at.edited ? at.typed : news.folder.path,
      };
    case 'failed':
      return news.nth === at.asked ? { ...at, failure: news.failure } : at;
    default:
      return news satisfies never;
  }
}
