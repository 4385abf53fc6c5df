import { createStore } from 'zustand/vanilla';
import type { Plan } from '../../../preload/contract/domain.ts';
import type { NodeId, SnapshotId } from '../../../preload/contract/ids.ts';
import { offeredRestores } from '../../../preload/contract/snapshots/restore.ts';
import type {
  OfferedRestore,
  RestoreForm,
  RestoreKind,
} from '../../../preload/contract/snapshots/restore.ts';
import { without } from '../../ui/without.ts';
import { draftOf } from '../remedies/draft.ts';
import type { Draft } from '../remedies/draft.ts';

/** The parts of a restore, in order. */
export const restoreParts = ['what', 'way', 'asked', 'plan'] as const;
export type RestorePart = (typeof restoreParts)[number];

/** What there is to go back to. A path is a file or a folder on the laptop that the catalogue does not know. */
export type RestoreSource =
  | { readonly is: 'kept'; readonly snapshot: SnapshotId }
  | { readonly is: 'path'; readonly path: string }
  | { readonly is: 'none' };
export type SourceKind = RestoreSource['is'];
export const sourceKinds = ['kept', 'path', 'none'] as const satisfies readonly SourceKind[];

const beginsFrom: Record<RestoreKind, SourceKind> = {
  single: 'kept',
  ha: 'kept',
  'new-host': 'kept',
  drill: 'kept',
  'raw-db': 'path',
  sqlite: 'path',
  'lost-quorum': 'none',
};

/** The ways back that can begin from this. */
export const waysFrom = (source: SourceKind): readonly OfferedRestore[] =>
  offeredRestores.filter(kind => beginsFrom[kind] === source);

/** A drill is done on a spare machine: the site stays as it is. */
export const changesSite = (kind: RestoreKind): boolean => kind !== 'drill';

/** These begin on a machine of their own, with a K3s that was installed for it. */
export const wantsOwnMachine = (kind: RestoreKind): boolean => kind === 'new-host' || kind === 'drill';

/** What any of the offered ways can begin from. */
export const offeredSources: readonly SourceKind[] = sourceKinds.filter(each => waysFrom(each).length > 0);

export interface RestoreState {
  readonly open: RestorePart;
  readonly source?: RestoreSource;
  readonly node?: NodeId;
  readonly kind?: OfferedRestore;
  readonly form?: RestoreForm;
  readonly draft: Draft;
  /** The plan made from exactly these answers. */
  readonly plan?: Plan;
  readonly typedName: string;
}

export type RestoreNews =
  | { readonly is: 'begin'; readonly source?: RestoreSource; readonly node?: NodeId }
  | { readonly is: 'open'; readonly part: RestorePart }
  | { readonly is: 'source'; readonly source: RestoreSource }
  | { readonly is: 'node'; readonly node: NodeId }
  | { readonly is: 'kind'; readonly kind: OfferedRestore; readonly node: NodeId }
  | { readonly is: 'form'; readonly form: RestoreForm }
  | { readonly is: 'answer'; readonly name: string; readonly value: string }
  | { readonly is: 'plan'; readonly plan: Plan }
  | { readonly is: 'change' }
  | { readonly is: 'typed'; readonly typedName: string };

export const noRestore: RestoreState = { open: 'what', draft: {}, typedName: '' };
export const restoreStore = () => createStore<RestoreState>(() => noRestore);

/** What was chosen before a way was. */
const chosen = ({ source, node }: Pick<RestoreNews & { is: 'begin' }, 'source' | 'node'>): RestoreState => ({
  ...noRestore,
  ...(source && { source, open: 'way' }),
  ...(node !== undefined && { node }),
});

const withoutPlan = (at: RestoreState): RestoreState => ({ ...without(at, 'plan'), typedName: '' });

/** Folds one thing that happened. A form belongs to what was chosen before it, and a plan to the answers. */
export function foldRestore(at: RestoreState, news: RestoreNews): RestoreState {
  switch (news.is) {
    case 'begin':
      return chosen(news);
    case 'open':
      return canOpenPart(at, news.part) ? { ...at, open: news.part } : at;
    case 'source':
      return chosen({ ...at, source: news.source });
    case 'node':
      return { ...chosen({ ...at, node: news.node }), open: 'way' };
    case 'kind':
      return { ...chosen({ ...at, node: news.node }), kind: news.kind, open: 'asked' };
    case 'form':
      return news.form.kind === at.kind
        ? { ...withoutPlan(at), form: news.form, draft: draftOf(news.form) }
        : at;
    case 'answer':
      return { ...withoutPlan(at), draft: { ...at.draft, [news.name]: news.value } };
    case 'plan':
      return { ...at, plan: news.plan, open: 'plan', typedName: '' };
    case 'change':
      return { ...withoutPlan(at), open: 'asked' };
    case 'typed':
      return { ...at, typedName: news.typedName };
    default:
      return news satisfies never;
  }
}

/** Whether a part can be opened: everything before it is settled. */
export function canOpenPart({ source, kind, plan }: RestoreState, part: RestorePart): boolean {
  const settled: Record<RestorePart, boolean> = {
    what: true,
    way: source !== undefined,
    asked: kind !== undefined,
    plan: plan !== undefined,
  };
  return settled[part];
}

/** Whether a part is settled. The plan never is: it only runs. */
export const isSettled = (at: RestoreState, part: RestorePart): boolean => {
  const next = restoreParts[restoreParts.indexOf(part) + 1];
  return next !== undefined && canOpenPart(at, next);
};
