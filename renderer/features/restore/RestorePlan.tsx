import { ArchiveRestore } from 'lucide-react';
import type { ReactNode } from 'react';
import { useStore } from 'zustand';
import type { CatalogueEntry } from '../../../preload/contract/snapshots/proof.ts';
import { Button } from '../../ui/Button.tsx';
import { TextField } from '../../ui/Field.tsx';
import { moment } from '../../ui/format.ts';
import { Ago, Code, Facts } from '../../ui/parts.tsx';
import { useWords } from '../../words/context.ts';
import type { Words } from '../../words/en.ts';
import { usePage } from '../app/page.ts';
import { TaskLine } from '../app/TaskLine.tsx';
import { useBusy } from '../app/use-task.ts';
import { isReady } from '../remedies/draft.ts';
import { PlanView } from '../runs/PlanView.tsx';
import { ProofBadge } from '../snapshots/KeptSnapshots.tsx';
import { changeRestore, restoreStartKey, startRestore, typeMachine } from './actions.ts';
import { changesSite } from './store.ts';
import { useChosenCopy } from './use-source.ts';

/** Every command of the restore, what is lost by it, and the button that runs exactly that once the name is typed. */
export function RestorePlan() {
  const page = usePage();
  const words = useWords().restore.plan;
  const { plan, form, typedName } = useStore(page.restore);
  const starting = useBusy(restoreStartKey);
  if (!plan || !form) return null;
  const ready = isReady(form, typedName, plan.nodeName);
  return (
    <PlanView plan={plan}>
      <Chosen />
      <p>{words.says}</p>
      <form
        className="form"
        onSubmit={event => {
          event.preventDefault();
          if (ready && !starting) void startRestore(page);
        }}
      >
        {form.typedName && (
          <TextField
            label={words.typeLabel}
            hint={words.type(plan.nodeName)}
            value={typedName}
            onValue={typed => typeMachine(page, typed)}
          />
        )}
        <div className="row">
          <Button look="danger" type="submit" icon={ArchiveRestore} busy={starting} disabled={!ready}>
            {words.run}
          </Button>
          <Button look="quiet" onClick={() => changeRestore(page)}>
            {words.change}
          </Button>
        </div>
      </form>
      <TaskLine task={restoreStartKey} label={words.starting} />
    </PlanView>
  );
}

/** What was chosen, and from when on nothing is kept. */
function Chosen() {
  const page = usePage();
  const words = useWords().restore;
  const { kind, plan, source } = useStore(page.restore);
  const entry = useChosenCopy();
  if (!plan || !kind) return null;
  const facts: (readonly [string, ReactNode])[] = [
    [words.plan.way, words.kinds[kind].title],
    [words.plan.machine, plan.nodeName],
    ...(source?.is === 'path' ? [[words.plan.from, <Code key="path">{source.path}</Code>] as const] : []),
    ...(entry ? factsOf(entry, words, changesSite(kind)) : []),
  ];
  return <Facts facts={facts} />;
}

const factsOf = (
  entry: CatalogueEntry,
  { plan, what }: Words['restore'],
  loses: boolean,
): readonly (readonly [string, ReactNode])[] => [
  [plan.from, entry.snapshot.name],
  [plan.proof, <ProofBadge key="proof" entry={entry} />],
  [what.saved, <Ago key="age" at={entry.snapshot.savedAt} />],
  ...(loses ? [[plan.lost, plan.after(moment(entry.snapshot.savedAt))] as const] : []),
];
