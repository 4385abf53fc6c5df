import type { Failure } from '../../preload/contract/failure.ts';

/** Something fetched from the host. The last good value stays while it is fetched again, or when that failed. */
export interface Loadable<T> {
  readonly value?: T;
  readonly loading: boolean;
  readonly failure?: Failure;
}

export type Fetched<T> =
  | { readonly is: 'asked' }
  | { readonly is: 'came'; readonly value: T }
  | { readonly is: 'failed'; readonly failure: Failure };

export const unloaded: Loadable<never> = { loading: false };

/** Folds what happened to a fetch into what is shown. */
export function fetched<T>(at: Loadable<T>, news: Fetched<T>): Loadable<T> {
  const kept = at.value === undefined ? {} : { value: at.value };
  switch (news.is) {
    case 'asked':
      return { ...kept, loading: true };
    case 'came':
      return { value: news.value, loading: false };
    case 'failed':
      return { ...kept, loading: false, failure: news.failure };
    default:
      return news satisfies never;
  }
}
