import { createStore } from 'zustand/vanilla';
import type { FindingRemedy, RemedyForm } from '../../../preload/contract/doctor.ts';
import type { Plan } from '../../../preload/contract/domain.ts';
import type { NodeId } from '../../../preload/contract/ids.ts';
import { without } from '../../ui/without.ts';
import { draftOf } from './draft.ts';
import type { Draft } from './draft.ts';

/** The remedy that was chosen, its questions and their answers, and the plan made from exactly those answers. */
export interface RemediesState {
  readonly node?: NodeId;
  readonly chosen?: FindingRemedy;
  readonly form?: RemedyForm;
  readonly draft: Draft;
  readonly typedName: string;
  readonly plan?: Plan;
}

export type RemedyNews =
  | { readonly is: 'chosen'; readonly node: NodeId; readonly remedy: FindingRemedy }
  | { readonly is: 'form'; readonly form: RemedyForm }
  | { readonly is: 'answer'; readonly name: string; readonly value: string }
  | { readonly is: 'typed'; readonly typedName: string }
  | { readonly is: 'plan'; readonly plan: Plan }
  | { readonly is: 'change' }
  | { readonly is: 'cleared' };

export const noRemedy: RemediesState = { draft: {}, typedName: '' };
export const remediesStore = () => createStore<RemediesState>(() => noRemedy);

/** Folds one thing that happened. A plan never survives a change of an answer it was made from. */
export function foldRemedy(at: RemediesState, news: RemedyNews): RemediesState {
  switch (news.is) {
    case 'chosen':
      return { ...noRemedy, node: news.node, chosen: news.remedy };
    case 'form':
      return news.form.remedy === at.chosen?.remedy
        ? { ...without(at, 'plan'), form: news.form, draft: draftOf(news.form) }
        : at;
    case 'answer':
      return { ...without(at, 'plan'), draft: { ...at.draft, [news.name]: news.value } };
    case 'typed':
      return { ...without(at, 'plan'), typedName: news.typedName };
    case 'plan':
      return { ...at, plan: news.plan };
    case 'change':
      return without(at, 'plan');
    case 'cleared':
      return noRemedy;
    default:
      return news satisfies never;
  }
}
