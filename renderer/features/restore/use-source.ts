import { useStore } from 'zustand';
import type { CatalogueEntry } from '../../../preload/contract/snapshots/proof.ts';
import { moment } from '../../ui/format.ts';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';

/** The snapshot that was chosen, with its proof; nothing while another source is chosen or it is not known yet. */
export function useChosenCopy(): CatalogueEntry | undefined {
  const page = usePage();
  const id = useStore(page.restore, ({ source }) => (source?.is === 'kept' ? source.snapshot : undefined));
  return useStore(page.snapshots, ({ catalogue }) =>
    catalogue.value?.find(({ snapshot }) => snapshot.id === id),
  );
}

/** What was chosen to go back to, in a line. */
export function useSourceName(): string | undefined {
  const page = usePage();
  const words = useWords().restore.what;
  const source = useStore(page.restore, state => state.source);
  const copy = useChosenCopy();
  if (source?.is === 'path') return source.path;
  if (source?.is === 'none') return words.without;
  return copy && `${copy.snapshot.name} · ${words.saved} ${moment(copy.snapshot.savedAt)}`;
}
