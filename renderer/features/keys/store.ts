import { createStore } from 'zustand/vanilla';
import type { KeysShown, TrustOffer } from '../../../preload/contract/supply/keys.ts';
import type { SiteId } from '../../../preload/contract/ids.ts';
import type { BreakGlassDrill } from '../../../preload/contract/supply/keys.ts';
import type { Loadable } from '../../ui/loadable.ts';
import { unloaded } from '../../ui/loadable.ts';

/** A file that was looked at, and what trusting it would change. */
export interface Offered {
  readonly path: string;
  readonly offer: TrustOffer;
}

/** Nothing secret is ever in here: the paper and what was typed of it live in the part that shows them, and go with it. */
export interface KeysState {
  readonly keys: Loadable<KeysShown>;
  readonly offered?: Offered;
  /** What was taken last. */
  readonly taken?: TrustOffer;
  readonly drilled?: BreakGlassDrill & { readonly site: SiteId };
}

export const keysStore = () => createStore<KeysState>(() => ({ keys: unloaded }));

/** The paper's text in groups, as it is written down and read aloud. */
export const inGroups = (text: string, of = 8): readonly string[] =>
  text.match(new RegExp(`.{1,${of}}`, 'g')) ?? [];

/** The modules of a QR code as one SVG path, moved by its quiet zone. */
export const qrPath = (rows: readonly (readonly boolean[])[], quiet = 4): string =>
  rows
    .flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x + quiet} ${y + quiet}h1v1h-1z`] : [])))
    .join('');

/** Whether what was typed is the id of a root key. minisign prints ids without the zeros they begin with. */
export const isSameId = (typed: string, id: string): boolean =>
  typed.trim() !== '' && typed.trim().toUpperCase().padStart(16, '0') === id.toUpperCase().padStart(16, '0');

/** Whether an offer can be taken as it stands: a root key wants its id typed, a list is vouched for by the root key. */
export const mayTake = ({ typed }: TrustOffer, given: string): boolean =>
  typed === undefined || isSameId(given, typed);
