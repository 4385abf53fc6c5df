import { useStore } from 'zustand';
import type { SnapshotContents } from '../../../preload/contract/snapshots/look.ts';
import { count } from '../../ui/format.ts';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { listObjects } from './actions.ts';
import { byNamespace } from './store.ts';

/** The namespaces and what kinds are in each; one of them narrows the list. */
export function Kinds({ contents }: { readonly contents: SnapshotContents }) {
  const page = usePage();
  const words = useWords().look;
  const { namespace, resource } = useStore(page.look, state => state.listed);
  const groups = byNamespace(contents.kinds);
  const named = groups.filter(group => group.namespace !== '').length;
  return (
    <nav className="look-kinds" aria-label={words.kinds}>
      <p className="hint">{words.summary(count(contents.objects), named, contents.revision)}</p>
      {contents.unread.map(({ resource: which, says }) => (
        <p className="hint break" key={which}>
          {words.unread(which, says)}
        </p>
      ))}
      <Line
        name={words.all}
        objects={contents.objects}
        chosen={namespace === undefined && resource === undefined}
        onChoose={() => void listObjects(page, { namespace: undefined, resource: undefined })}
      />
      {groups.map(group => (
        <div key={group.namespace}>
          <Line
            strong
            name={group.namespace === '' ? words.cluster : group.namespace}
            objects={group.count}
            chosen={namespace === group.namespace && resource === undefined}
            onChoose={() => void listObjects(page, { namespace: group.namespace, resource: undefined })}
          />
          {group.kinds.map(kind => (
            <Line
              key={kind.resource}
              inner
              name={kind.kind}
              title={kind.resource}
              objects={kind.count}
              chosen={namespace === group.namespace && resource === kind.resource}
              onChoose={() => void listObjects(page, { namespace: group.namespace, resource: kind.resource })}
            />
          ))}
        </div>
      ))}
    </nav>
  );
}

function Line({
  name,
  title,
  objects,
  chosen,
  strong = false,
  inner = false,
  onChoose,
}: {
  readonly name: string;
  readonly title?: string;
  readonly objects: number;
  readonly chosen: boolean;
  readonly strong?: boolean;
  readonly inner?: boolean;
  readonly onChoose: () => void;
}) {
  return (
    <button
      type="button"
      className={`look-kind ${strong ? 'strong' : ''} ${inner ? 'inner' : ''}`}
      title={title}
      aria-current={chosen || undefined}
      onClick={onChoose}
    >
      <span className="break">{name}</span>
      <span className="look-count">{count(objects)}</span>
    </button>
  );
}
