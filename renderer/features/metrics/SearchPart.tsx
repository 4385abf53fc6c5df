import { X } from 'lucide-react';
import { useStore } from 'zustand';
import type { MetricsMark } from '../../../preload/contract/metrics.ts';
import { Button } from '../../ui/Button.tsx';
import { FailurePanel } from '../../ui/FailurePanel.tsx';
import { TextField } from '../../ui/Field.tsx';
import { Card } from '../../ui/parts.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { leavePicked, pick, search } from './actions.ts';
import { ChartCard } from './ChartCard.tsx';
import { unitOf } from './series.ts';

/** Any metric that was logged, by a part of its name or labels. */
export function SearchPart({ marks }: { readonly marks: readonly MetricsMark[] }) {
  const page = usePage();
  const words = useWords().metrics;
  const { words: typed, found, picked, answer } = useStore(page.metrics);
  return (
    <Card title={words.search} says={words.searchSays}>
      <TextField label={words.searchLabel} value={typed} onValue={value => void search(page, value)} />
      {found.failure && <FailurePanel failure={found.failure} />}
      {typed !== '' && found.value?.length === 0 && <p className="hint">{words.nothingFound}</p>}
      {typed !== '' && found.value && found.value.length > 0 && (
        <ul className="found" aria-label={words.found}>
          {found.value.slice(0, 40).map(each => (
            <li key={`${each.job} ${each.metric}`}>
              <Button look="quiet" onClick={() => pick(page, each.metric, each.job)}>
                {each.metric}
              </Button>
              <span className="hint">
                {words.jobs[each.job]} · {words.series(each.series)}
              </span>
            </li>
          ))}
        </ul>
      )}
      {answer.failure && <FailurePanel failure={answer.failure} />}
      {picked && answer.value && (
        <ChartCard
          title={picked.metric}
          says={
            picked.metric.endsWith('_bucket') ? words.asQuantile : picked.rate ? words.asRate : words.asValue
          }
          name={picked.metric}
          answer={answer.value}
          unit={unitOf(picked.metric, picked.rate)}
          marks={marks}
          height={280}
        >
          <Button look="quiet" icon={X} onClick={() => leavePicked(page)}>
            {words.closeChart}
          </Button>
        </ChartCard>
      )}
    </Card>
  );
}
