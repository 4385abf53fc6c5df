import { useStore } from 'zustand';
import { FailurePanel } from '../../ui/FailurePanel.tsx';
import { Banner } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { TaskLine } from '../app/TaskLine.tsx';
import { useBusy } from '../app/use-task.ts';
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
      <TaskLine
        task={scanKey}
        label={scan?.pace === 'listen' ? words.listening : words.scanning}
        again={() => scanAgain(page)}
      />
      {busy && scan && <p>{words.foundSoFar(scan.found, scan.fresh, scan.pace === 'listen')}</p>}
      {!busy && scan && <Ended scan={scan} />}
      {scan && <Troubles scan={scan} />}
    </>
  );
}

function Ended({ scan }: { readonly scan: ScanShown }) {
  const words = useWords().map;
  const { summary, found, fresh, stopped } = scan;
  if (stopped || summary?.stopped === true)
    return (
      <div role="status">
        <Banner tone="quiet" title={words.stopped(summary?.found ?? found, summary?.fresh ?? fresh)}>
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
        {fine && <p>{words.nothingMissing}</p>}
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
