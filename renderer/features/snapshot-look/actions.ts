import type { BundleId, SnapshotId } from '../../../preload/contract/ids.ts';
import type { CallOptions } from '../../../preload/contract/client.ts';
import { fetched } from '../../ui/loadable.ts';
import type { Fetched, Loadable } from '../../ui/loadable.ts';
import { without } from '../../ui/without.ts';
import { fetchTo } from '../app/ask.ts';
import type { Page } from '../app/page.ts';
import { atFirst, pageRows } from './store.ts';
import type { Listed, LookState, LookTab } from './store.ts';

/** What is asked last counts: an answer that comes late is about something else. */
const stops = new WeakMap<Page, Map<string, AbortController>>();

function latest(page: Page, what: string): Required<Pick<CallOptions, 'signal'>> {
  const mine = stops.get(page) ?? new Map<string, AbortController>();
  stops.set(page, mine);
  mine.get(what)?.abort();
  const stop = new AbortController();
  mine.set(what, stop);
  return { signal: stop.signal };
}

type Field = 'contents' | 'rows' | 'object' | 'images' | 'diff';

async function load<F extends Field>(
  page: Page,
  field: F,
  work: (how: { readonly signal: AbortSignal }) => Promise<NonNullable<LookState[F]['value']>>,
): Promise<void> {
  const how = latest(page, field);
  await fetchTo(
    () => work(how),
    news => {
      if (how.signal.aborted) return;
      page.look.setState(state => ({
        [field]: fetched(state[field] as Loadable<unknown>, news as Fetched<unknown>),
      }));
    },
  );
}

const asked = (
  page: Page,
  snapshot: SnapshotId,
): { of: { is: 'kept'; snapshot: SnapshotId }; evenIfDamaged?: boolean } => ({
  of: { is: 'kept', snapshot },
  ...(page.look.getState().evenIfDamaged ? { evenIfDamaged: true } : {}),
});

/** Opens a copy: its first screen, and the first page of its objects. */
export async function openLook(page: Page, snapshot: SnapshotId): Promise<void> {
  if (page.look.getState().snapshot !== snapshot) page.look.setState({ ...atFirst, snapshot }, true);
  await load(page, 'contents', how => page.host.call('snapshot.contents', asked(page, snapshot), how));
  if (page.look.getState().contents.value) await listObjects(page, {});
}

export async function lookEvenIfDamaged(page: Page, snapshot: SnapshotId): Promise<void> {
  page.look.setState({ evenIfDamaged: true });
  await openLook(page, snapshot);
}

/** Lists objects anew; what is not given stays as it was, but for the place in the list. */
export async function listObjects(
  page: Page,
  change: { readonly [F in keyof Listed]?: Listed[F] | undefined },
): Promise<void> {
  const { snapshot, listed } = page.look.getState();
  if (snapshot === undefined) return;
  const { namespace, resource, search = '', offset = 0 } = { ...listed, offset: 0, ...change };
  page.look.setState({
    listed: {
      search,
      offset,
      ...(namespace === undefined ? {} : { namespace }),
      ...(resource === undefined ? {} : { resource }),
    },
    object: atFirst.object,
  });
  await load(page, 'rows', how =>
    page.host.call(
      'snapshot.objects',
      {
        ...asked(page, snapshot),
        ...(namespace === undefined ? {} : { namespace }),
        ...(resource === undefined ? {} : { kind: resource }),
        ...(search.trim() === '' ? {} : { search: search.trim() }),
        offset,
        most: pageRows,
      },
      how,
    ),
  );
}

export async function showObject(page: Page, key: string): Promise<void> {
  const { snapshot } = page.look.getState();
  if (snapshot === undefined) return;
  page.look.setState({ object: atFirst.object });
  await load(page, 'object', how =>
    page.host.call('snapshot.object', { ...asked(page, snapshot), key }, how),
  );
}

export function closeObject(page: Page): void {
  latest(page, 'object');
  page.look.setState({ object: atFirst.object });
}

/** Lists the images, compared with a bundle where one was chosen. */
export async function listImages(page: Page, bundle: BundleId | undefined): Promise<void> {
  const { snapshot } = page.look.getState();
  if (snapshot === undefined) return;
  page.look.setState(state => (bundle === undefined ? without(state, 'bundle') : { ...state, bundle }), true);
  await load(page, 'images', how =>
    page.host.call(
      'snapshot.images',
      { ...asked(page, snapshot), ...(bundle === undefined ? {} : { bundle }) },
      how,
    ),
  );
}

/** Compares with an earlier copy. */
export async function compareWith(page: Page, other: SnapshotId, anyCluster = false): Promise<void> {
  const { snapshot } = page.look.getState();
  if (snapshot === undefined) return;
  page.look.setState({ other, anyCluster, diff: atFirst.diff });
  await load(page, 'diff', how =>
    page.host.call(
      'snapshot.diff',
      {
        from: { is: 'kept', snapshot: other },
        to: { is: 'kept', snapshot },
        ...(page.look.getState().evenIfDamaged ? { evenIfDamaged: true } : {}),
        ...(anyCluster ? { anyCluster: true } : {}),
      },
      how,
    ),
  );
}

/** Shows another part; what it needs is fetched when it is shown first. */
export async function showTab(page: Page, tab: LookTab): Promise<void> {
  page.look.setState({ tab });
  const { images, bundle } = page.look.getState();
  if (tab === 'images' && !images.value && !images.loading) await listImages(page, bundle);
}
