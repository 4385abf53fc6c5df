import { CircleStop } from 'lucide-react';
import { useStore } from 'zustand';
import { Button } from '../../ui/Button.tsx';
import { FailurePanel } from '../../ui/FailurePanel.tsx';
import { Banner } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { stopTask } from '../app/ask.ts';
import { usePage } from '../app/page.ts';
import { TaskLine } from '../app/TaskLine.tsx';
import { useBusy, useTask } from '../app/use-task.ts';
import { scanAgain, scanKey } from './actions.ts';
import type { ScanShown } from './store.ts';

/** So many troubles are shown; a wire that fails, fails for every address. */
const mostTroubles = 3;

/** The scan that goes on, or what came of the last one. */
export function ScanPart() {
  const page = usePage();
  const words = useWords().map;
  const scan = useStore(page.map, state => state.scan);
  const busy = useBusy(scanKey);
  return (
    <>
      {busy && scan?.pace === 'listen' ? (
        <ListenLine />
      ) : (
        <TaskLine task={scanKey} label={words.scanning} again={() => scanAgain(page)} />
      )}
      {busy && scan && <p>{words.foundSoFar(scan.found, scan.fresh, scan.pace === 'listen')}</p>}
      {!busy && scan && <Ended scan={scan} />}
      {scan && <Troubles scan={scan} />}
    </>
  );
}

/** Listening has no end of its own, so no progress is shown and no remaining time is pretended. */
function ListenLine() {
  const page = usePage();
  const all = useWords();
  const task = useTask(scanKey);
  const stopping = task?.is === 'busy' && task.stopping;
  return (
    <div className="task map-listens" role="group" aria-label={all.map.listening}>
      <p>{all.map.listeningSays}</p>
      <Button icon={CircleStop} busy={stopping} onClick={() => stopTask(page, scanKey)}>
        {stopping ? all.ui.stopping : all.ui.stop}
      </Button>
    </div>
  );
}

function Ended({ scan }: { readonly scan: ScanShown }) {
  const words = useWords().map;
  const { summary, found, fresh, stopped } = scan;
  if (stopped || summary?.stopped === true)
    return (
      <div role="status">
        <Banner
          tone="quiet"
          title={words.stopped(summary?.found ?? found, summary?.fresh ?? fresh, scan.pace === 'listen')}
        >
          <p>{words.stoppedSays}</p>
        </Banner>
      </div>
    );
  if (!summary) return null;
  const fine = summary.missing.length === 0 && summary.found > 0;
  return (
    <div role="status">
      <Banner
        tone={fine ? 'good' : 'warn'}
        title={words.summary(summary.found, summary.fresh, summary.missing, summary.seconds)}
      >
        {fine && summary.fresh < summary.found && <p>{words.nothingMissing}</p>}
        {summary.left.length > 0 && (
          <>
            <p>{words.left}</p>
            <ul>
              {summary.left.map(left => (
                <li key={left}>{left}</li>
              ))}
            </ul>
          </>
        )}
      </Banner>
    </div>
  );
}

function Troubles({ scan }: { readonly scan: ScanShown }) {
  const words = useWords().map;
  const more = scan.troubles.length - mostTroubles;
  return (
    <>
      {scan.troubles.slice(0, mostTroubles).map(failure => (
        <FailurePanel key={`${failure.says} ${failure.about ?? ''}`} failure={failure} />
      ))}
      {more > 0 && <p className="hint">{words.moreTroubles(more)}</p>}
    </>
  );
}
