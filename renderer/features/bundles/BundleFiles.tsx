import type { Bundle, BundleFile, BundleFileState } from '../../../preload/contract/domain.ts';
import { size } from '../../ui/format.ts';
import { Table } from '../../ui/Table.tsx';
import { Badge, Banner } from '../../ui/Verdict.tsx';
import type { Tone } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { troubles, troublesFirst } from './store.ts';

const tones: Record<BundleFileState, Tone> = {
  matches: 'good',
  unlisted: 'quiet',
  'not-carried': 'quiet',
  missing: 'bad',
  short: 'bad',
  altered: 'bad',
  'wrong-architecture': 'bad',
};

/** Every file of a bundle with its verdict; what is wrong stands first. */
export function BundleFiles({ bundle }: { readonly bundle: Bundle }) {
  const words = useWords().bundles;
  const columns = words.fileColumns;
  const wrong = troubles(bundle).length;
  return (
    <>
      {bundle.complete ? (
        <Banner tone="good" title={words.completeTitle}>
          {bundle.origin.is === 'signed' && (
            <p className="break">{words.signedSays(bundle.origin.keyId, bundle.origin.comment)}</p>
          )}
        </Banner>
      ) : (
        <Banner tone="bad" title={words.incompleteTitle(Math.max(1, wrong))}>
          <p>{words.incompleteSays}</p>
        </Banner>
      )}
      <Table<BundleFile>
        caption={words.files(bundle.k3sVersion)}
        rows={troublesFirst(bundle)}
        rowKey={file => file.name}
        columns={[
          { head: columns.name, render: file => <span className="break">{file.name}</span> },
          {
            head: columns.role,
            kind: 'fit',
            render: file => (file.arch ? `${words.roles[file.role]}, ${file.arch}` : words.roles[file.role]),
          },
          {
            head: columns.verdict,
            render: file => (
              <>
                <Badge tone={tones[file.state]}>{words.states[file.state]}</Badge>
                {file.saw !== undefined && <p className="hint break">{file.saw}</p>}
              </>
            ),
          },
          { head: columns.size, kind: 'number', render: file => (file.bytes > 0 ? size(file.bytes) : '–') },
        ]}
      />
    </>
  );
}
