import { Camera, CircleStop, LifeBuoy, Play, SquareTerminal, Stethoscope, Undo2 } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import { useStore } from 'zustand';
import type { Run } from '../../../preload/contract/domain.ts';
import { failureOf } from '../../../preload/contract/failure.ts';
import type { Failure } from '../../../preload/contract/failure.ts';
import type { RunId } from '../../../preload/contract/ids.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { FailurePanel } from '../../ui/FailurePanel.tsx';
import { Card, Empty, Head } from '../../ui/parts.tsx';
import { ProgressBar } from '../../ui/ProgressBar.tsx';
import { Terminal } from '../../ui/terminal/Terminal.tsx';
import { Banner, runLooks } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { go, saveFontSize } from '../app/actions.ts';
import { usePage } from '../app/page.ts';
import type { Page } from '../app/page.ts';
import { usualFontSize } from '../app/store.ts';
import { TaskLine } from '../app/TaskLine.tsx';
import { useBusy } from '../app/use-task.ts';
import { examineAfter } from '../rescue/actions.ts';
import { chooseSite } from '../sites/actions.ts';
import { cancelKey, cancelRun, continueKey, continueRun, followRun, runSource } from './actions.ts';
import { canContinue, currentStep, stepsHeld } from './fold.ts';
import { RemoveK3s } from './RemoveK3s.tsx';
import { ShellPane } from './ShellPane.tsx';
import { StepList } from './StepList.tsx';
import { runOf } from './store.ts';

/** One run: how it stands, its steps, and the terminal that shows what really runs. */
export function RunView({ id }: { readonly id: RunId }) {
  const words = useWords().runs;
  const page = usePage();
  const run = useStore(page.runs, state => runOf(state, id));
  const failure = useFollowed(id);
  if (!run)
    return (
      <>
        <Head title={words.title} />
        {failure ? (
          <FailurePanel failure={failure} />
        ) : (
          <Empty icon={SquareTerminal} title={words.unknown} says={words.says}>
            <Button onClick={() => go({ is: 'runs' })}>{words.all}</Button>
          </Empty>
        )}
      </>
    );
  return (
    <>
      {failure && <FailurePanel failure={failure} />}
      <RunScreen run={run} />
    </>
  );
}

/** Changes when feeds of a run have to be listened to again: the connection came back, or the run was continued. */
function useEpoch(id: RunId): string | undefined {
  const page = usePage();
  const opens = useStore(page.app, state => state.opens);
  const continued = useStore(page.runs, state => state.continued[id] ?? 0);
  return opens === 0 ? undefined : `${opens}.${continued}`;
}

/** Follows the run while the screen is open. */
function useFollowed(id: RunId): Failure | undefined {
  const page = usePage();
  const epoch = useEpoch(id);
  const [failure, setFailure] = useState<Failure>();
  useEffect(() => {
    const stop = new AbortController();
    const follow = async (): Promise<void> => {
      try {
        await followRun(page, id, stop.signal);
        setFailure(undefined);
      } catch (thrown) {
        const found = failureOf(thrown);
        if (!stop.signal.aborted && found.code !== 'gone-away') setFailure(found);
      }
    };
    if (epoch !== undefined) void follow();
    return () => stop.abort();
  }, [page, id, epoch]);
  return failure;
}

function RunScreen({ run }: { readonly run: Run }) {
  const page = usePage();
  const words = useWords().runs;
  const [shell, setShell] = useState(false);
  const [stopping, setStopping] = useState(false);
  const [removing, setRemoving] = useState(false);
  const [unshown, setUnshown] = useState<{ readonly epoch: string; readonly failure: Failure }>();
  const cancelling = useBusy(cancelKey(run.id));
  const fontSize = useStore(page.app, state => state.settings.value?.terminalFontSize ?? usualFontSize);
  const epoch = useEpoch(run.id) ?? '';
  const source = useMemo(() => runSource(page, run.id, epoch), [page, run.id, epoch]);
  const installed = run.runbook === 'install-single' && run.state !== 'running';
  return (
    <>
      <Head title={run.title} {...(!run.title.includes(run.nodeName) && { says: words.on(run.nodeName) })}>
        <Button icon={SquareTerminal} aria-expanded={shell} onClick={() => setShell(!shell)}>
          {shell ? words.shellClose : words.shellOpen}
        </Button>
        {run.state === 'running' && (
          <Button icon={CircleStop} look="danger" busy={cancelling} onClick={() => setStopping(true)}>
            {words.cancel}
          </Button>
        )}
      </Head>
      <Standing run={run} />
      <TaskLine task={cancelKey(run.id)} label={words.cancel} />
      <TaskLine task={continueKey(run.id)} label={words.continue} />
      <div className="run">
        <Card title={words.steps} says={words.stepsSay(stepsHeld(run), run.steps.length)}>
          <StepList run={run} />
        </Card>
        <div className="run-terminals">
          <Terminal
            title={words.terminal}
            source={source}
            fontSize={fontSize}
            onFontSize={size => saveFontSize(page, size)}
            onFailed={thrown => setUnshown({ epoch, failure: failureOf(thrown) })}
          />
          {unshown?.epoch === epoch && unshown.failure.code !== 'gone-away' && (
            <FailurePanel failure={unshown.failure} />
          )}
          {shell && <ShellPane node={run.node} title={words.shell} />}
        </div>
      </div>
      {installed && (
        <Card
          title={words.back.title}
          says={words.back.says}
          actions={
            <Button look="quiet" icon={Undo2} onClick={() => setRemoving(true)}>
              {words.back.go}
            </Button>
          }
        />
      )}
      {stopping && <Stop run={run} onClose={() => setStopping(false)} />}
      {removing && <RemoveK3s node={run.node} name={run.nodeName} onClose={() => setRemoving(false)} />}
    </>
  );
}

function toSnapshots(page: Page, run: Run): void {
  page.snapshots.setState({ node: run.node });
  chooseSite(page, run.site);
  go({ is: 'snapshots' });
}

/** The big verdict of a run, with its progress, its failure, or the way on. */
function Standing({ run }: { readonly run: Run }) {
  const page = usePage();
  const all = useWords();
  const words = all.runs;
  const step = currentStep(run);
  const continuing = useBusy(continueKey(run.id));
  const look = runLooks[run.state];
  const connected = useStore(page.app, state => state.standing.is === 'open');
  const old = run.state === 'running' && !connected;
  const title = old
    ? words.titles.lastSeen
    : run.state === 'passed' && run.unchanged
      ? words.titles.unchanged
      : words.titles[run.state];
  return (
    <div className="stack">
      <div aria-live="polite">
        <Banner {...(old ? { tone: 'quiet' } : look)} title={title}>
          {step && run.state !== 'passed' && (
            <p>{run.state === 'running' ? words.at(step.title) : words.stoppedAt(step.title)}</p>
          )}
        </Banner>
      </div>
      {run.state === 'running' && <ProgressBar progress={run.progress} label={words.progress} />}
      {run.failure && run.state !== 'running' && <FailurePanel failure={run.failure} />}
      {run.state === 'passed' && run.runbook === 'install-single' && (
        <div className="row">
          <Button look="primary" icon={Camera} onClick={() => toSnapshots(page, run)}>
            {words.next.snapshot}
          </Button>
          <span className="hint">{words.next.snapshotSays}</span>
        </div>
      )}
      {run.state === 'passed' && run.runbook === 'restore' && (
        <div className="row">
          <Button look="primary" icon={Camera} onClick={() => toSnapshots(page, run)}>
            {words.next.afterRestore}
          </Button>
          <span className="hint">{words.next.afterRestoreSays}</span>
        </div>
      )}
      {run.runbook === 'remedy' && run.state === 'passed' && (
        <div className="row">
          <Button look="primary" icon={Stethoscope} onClick={() => examineAfter(page, run)}>
            {all.rescue.afterRun.again}
          </Button>
          <span className="hint">{all.rescue.afterRun.says}</span>
        </div>
      )}
      {canContinue(run) && (
        <div className="row">
          <Button look="primary" icon={Play} busy={continuing} onClick={() => void continueRun(page, run)}>
            {words.continue}
          </Button>
          <Button icon={LifeBuoy} onClick={() => go({ is: 'rescue', node: run.node })}>
            {all.rescue.openThis}
          </Button>
          <span className="hint">{words.continueSays}</span>
        </div>
      )}
    </div>
  );
}

function Stop({ run, onClose }: { readonly run: Run; readonly onClose: () => void }) {
  const page = usePage();
  const words = useWords().runs;
  return (
    <Dialog
      title={words.cancelTitle}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{words.cancelNot}</Button>
          <Button
            look="danger"
            icon={CircleStop}
            onClick={() => {
              void cancelRun(page, run.id);
              onClose();
            }}
          >
            {words.cancelGo}
          </Button>
        </>
      }
    >
      <p>{words.cancelSays}</p>
    </Dialog>
  );
}
