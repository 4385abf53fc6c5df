import { useEffect } from 'react';
import { useStore } from 'zustand';
import type { UsedImage } from '../../../preload/contract/snapshots/look.ts';
import type { BundleId } from '../../../preload/contract/ids.ts';
import { FailurePanel } from '../../ui/FailurePanel.tsx';
import { Select } from '../../ui/Field.tsx';
import { Card } from '../../ui/parts.tsx';
import { Table } from '../../ui/Table.tsx';
import { Badge } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { listImages } from './actions.ts';
import { loadBundles } from '../bundles/actions.ts';

/** The images the site runs, and whether a bundle has them all. */
export function Images() {
  const page = usePage();
  const words = useWords().look;
  const images = useStore(page.look, state => state.images);
  const chosen = useStore(page.look, state => state.bundle);
  const bundles = useStore(page.bundles, state => state.bundles.value);
  useEffect(() => void loadBundles(page), [page]);
  const found = images.value;
  return (
    <Card title={words.images} says={found?.says}>
      <div className="picker">
        <Select
          label={words.bundle}
          value={chosen ?? ''}
          options={[
            { value: '', label: words.noBundle },
            ...(bundles ?? []).map(({ id, k3sVersion }) => ({ value: id as string, label: k3sVersion })),
          ]}
          onValue={id => void listImages(page, id === '' ? undefined : (id as BundleId))}
        />
      </div>
      {images.failure && <FailurePanel failure={images.failure} />}
      {images.loading && (
        <p className="hint" role="status">
          {words.reading}
        </p>
      )}
      {found && found.images.length > 0 && (
        <Table
          caption={words.images}
          rows={found.images}
          rowKey={({ image }) => image}
          columns={[
            { head: words.image, render: ({ image }) => <span className="break">{image}</span> },
            ...(found.bundle
              ? [{ head: words.inBundle, render: (used: UsedImage) => <InBundle used={used} /> }]
              : []),
            {
              head: words.usedBy,
              render: ({ usedBy, moreUsers }) => (
                <span className="hint break">
                  {usedBy.join(', ')}
                  {moreUsers > 0 ? ` ${words.more(moreUsers)}` : ''}
                </span>
              ),
            },
          ]}
        />
      )}
    </Card>
  );
}

function InBundle({ used }: { readonly used: UsedImage }) {
  const words = useWords().look;
  const { inBundle = [], byNameOnly = false } = used;
  if (inBundle.length === 0) return <Badge tone="bad">{words.missing}</Badge>;
  return (
    <Badge tone={byNameOnly ? 'warn' : 'good'}>
      {inBundle.join(', ')}
      {byNameOnly ? ` ${words.byName}` : ''}
    </Badge>
  );
}
