import { createStore } from 'zustand/vanilla';
import type { InstallOptions, Plan, Preflight } from '../../../preload/contract/domain.ts';
import type { Failure } from '../../../preload/contract/failure.ts';
import type { BundleId, NodeId } from '../../../preload/contract/ids.ts';
import { without } from '../../ui/without.ts';

export const sections = ['bundle', 'node', 'options', 'check', 'plan'] as const;
export type Section = (typeof sections)[number];

/** The wizard: what was chosen so far, and which part stands open. */
export interface InstallState {
  readonly open: Section;
  readonly bundle?: BundleId;
  readonly node?: NodeId;
  /** What this node would get unless changed; asked of the host when the node is chosen. */
  readonly suggested?: InstallOptions;
  readonly suggestFailure?: Failure;
  /** The options the technician agreed to. */
  readonly options?: InstallOptions;
  readonly preflight?: Preflight;
  readonly plan?: Plan;
  /** The practice parts were put in place once; the technician's later changes stay. */
  readonly prepared: boolean;
}

export type InstallNews =
  | { readonly is: 'open'; readonly section: Section }
  | { readonly is: 'bundle'; readonly bundle: BundleId }
  | { readonly is: 'node'; readonly node: NodeId }
  | { readonly is: 'suggested'; readonly options: InstallOptions }
  | { readonly is: 'not-suggested'; readonly failure: Failure }
  | { readonly is: 'options'; readonly options: InstallOptions }
  | { readonly is: 'preflight'; readonly preflight: Preflight }
  | { readonly is: 'plan'; readonly plan: Plan }
  | { readonly is: 'prepared' }
  | { readonly is: 'started' };

export const emptyInstall: InstallState = { open: 'bundle', prepared: false };
export const installStore = () => createStore<InstallState>(() => emptyInstall);

/** The first part that is not settled yet. */
export function unsettled(state: Omit<InstallState, 'open'>): Section {
  if (state.bundle === undefined) return 'bundle';
  if (state.node === undefined) return 'node';
  if (state.options === undefined) return 'options';
  return state.preflight === undefined ? 'check' : 'plan';
}

type Chosen = Omit<InstallState, 'open'>;

/** Folds one change of the wizard. What no longer holds is dropped: a plan is only ever for what is on the screen. */
export function foldInstall({ open, ...at }: InstallState, news: InstallNews): InstallState {
  const advance = (next: Chosen): InstallState => ({ ...next, open: unsettled(next) });
  switch (news.is) {
    case 'open':
      return { ...at, open: news.section };
    case 'bundle':
      return advance({ ...without(at, 'preflight', 'plan'), bundle: news.bundle });
    case 'node':
      return at.node === news.node
        ? advance(at)
        : advance({
            ...without(at, 'preflight', 'plan', 'options', 'suggested', 'suggestFailure'),
            node: news.node,
          });
    case 'suggested':
      return { ...without(at, 'suggestFailure'), suggested: news.options, open };
    case 'not-suggested':
      return { ...at, suggestFailure: news.failure, open };
    case 'options':
      return advance({ ...without(at, 'preflight', 'plan'), options: news.options });
    case 'preflight':
      // The verdict stays on the screen until the technician goes on.
      return { ...without(at, 'plan'), preflight: news.preflight, open: 'check' };
    case 'plan':
      return { ...at, plan: news.plan, open: 'plan' };
    case 'prepared':
      return { ...at, prepared: true, open };
    case 'started':
      return advance(without(at, 'preflight', 'plan'));
    default:
      return news satisfies never;
  }
}

/** Whether a part can be opened: everything before it is settled. */
export const canOpen = (state: InstallState, section: Section): boolean =>
  sections.indexOf(section) <= sections.indexOf(unsettled(state));
