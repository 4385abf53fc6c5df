import { CirclePlay, CircleStop } from 'lucide-react';
import { useState } from 'react';
import { useStore } from 'zustand';
import type { Site } from '../../../preload/contract/domain.ts';
import type { RecorderTarget } from '../../../preload/contract/metrics.ts';
import { Button } from '../../ui/Button.tsx';
import { CheckBox } from '../../ui/Field.tsx';
import { count, size } from '../../ui/format.ts';
import { Ago, Card } from '../../ui/parts.tsx';
import { Badge } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { TaskLine } from '../app/TaskLine.tsx';
import { useBusy } from '../app/use-task.ts';
import { loadBudget, record, recordKey } from './actions.ts';

/** Begins and ends logging, and tells how each scrape goes. */
export function RecorderPart({ site }: { readonly site: Site }) {
  const page = usePage();
  const words = useWords().metrics;
  const recorder = useStore(page.metrics, state => state.recorder);
  const busy = useBusy(recordKey);
  const on = recorder?.recording === true;
  const budget = useStore(page.metrics, state => state.budget.value);
  const [full, setFull] = useState(false);
  return (
    <Card
      title={words.recorder}
      says={on ? words.recording(recorder.everySeconds, count(recorder.scrapes)) : words.notRecording}
      actions={
        <Button
          look={on ? 'plain' : 'primary'}
          icon={on ? CircleStop : CirclePlay}
          busy={busy}
          onClick={() => void record(page, site.id, !on, full)}
        >
          {on ? words.stop : words.start}
        </Button>
      }
    >
      <TaskLine
        task={recordKey}
        label={words.starting}
        again={() => void record(page, site.id, true, full)}
      />
      {!on && (
        <CheckBox
          label={words.everything}
          hint={
            full && budget
              ? words.everythingSays(size(budget.bytesADay), size(budget.bytesFor35Days), size(budget.free))
              : undefined
          }
          checked={full}
          onValue={wanted => {
            setFull(wanted);
            if (wanted) void loadBudget(page, site.id);
          }}
        />
      )}
      {on && (
        <ul className="scrapes" aria-label={words.scrapes}>
          {recorder.targets.map(target => (
            <Scrape key={`${target.node} ${target.job}`} target={target} />
          ))}
        </ul>
      )}
    </Card>
  );
}

function Scrape({ target }: { readonly target: RecorderTarget }) {
  const words = useWords().metrics;
  const { failure, note, samples, lastAt, by } = target;
  return (
    <li>
      <Badge tone={failure ? 'bad' : note === undefined ? 'good' : 'warn'}>
        {target.instance} · {words.jobs[target.job]}
      </Badge>
      <p>
        {failure ? (
          <span className="wrong">
            {failure.says} {failure.next}
          </span>
        ) : (
          <>
            {words.came(count(samples ?? 0), words.ways[by ?? ''] ?? '')} <Ago at={lastAt} />
          </>
        )}
        {note !== undefined && <span className="hint"> {note}</span>}
      </p>
    </li>
  );
}
