import { Cable, Folder, RefreshCw, Usb } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useStore } from 'zustand';
import type { Carried, PlanCarry } from '../../../preload/contract/carry.ts';
import type { CallArgs } from '../../../preload/contract/contract.ts';
import type { Plan } from '../../../preload/contract/domain.ts';
import { Button } from '../../ui/Button.tsx';
import { FailurePanel } from '../../ui/FailurePanel.tsx';
import { size } from '../../ui/format.ts';
import { Code } from '../../ui/parts.tsx';
import { Banner } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { ask, task } from '../app/ask.ts';
import { FolderPicker } from '../app/FolderPicker.tsx';
import { usePage } from '../app/page.ts';
import { TaskLine } from '../app/TaskLine.tsx';
import { useBusy } from '../app/use-task.ts';
import { loadSticks, watchSticks } from '../supply/actions.ts';

const writeKey = 'carry.write';
/** Above this many seconds over the cable a stick is what is proposed; below a minute it is not worth the way. */
const longSeconds = 15 * 60;
const worthSeconds = 60;

interface Chosen {
  readonly plan: Plan;
  /** How this plan was asked for. */
  readonly wanted: CallArgs<'run.plan'>['ask'] | undefined;
  /** Makes the plan anew, with a stick or without. */
  readonly choose: (byStick: boolean) => void;
  readonly busy: boolean;
}

/** How the large files of a plan reach the node: over its cable, or by a stick that is written here. */
export function ByStick(chosen: Chosen) {
  const { carry } = chosen.plan;
  if (!carry) return null;
  return carry.byStick ? (
    <TheStick key={chosen.plan.digest} {...chosen} carry={carry} />
  ) : (
    <Offer {...chosen} carry={carry} />
  );
}

function Offer({ carry, choose, busy }: Chosen & { readonly carry: PlanCarry }) {
  const words = useWords().runs.carry;
  const seconds = carry.seconds ?? 0;
  if (seconds < worthSeconds) return null;
  return (
    <div className="row">
      <Button
        look={seconds > longSeconds ? 'plain' : 'quiet'}
        icon={Usb}
        busy={busy}
        onClick={() => choose(true)}
      >
        {words.choose}
      </Button>
    </div>
  );
}

function TheStick({ plan, wanted, carry, choose, busy }: Chosen & { readonly carry: PlanCarry }) {
  const page = usePage();
  const all = useWords();
  const words = all.runs.carry;
  const sticks = useStore(page.supply, state => state.sticks);
  const writing = useBusy(writeKey);
  const [picking, setPicking] = useState(false);
  const [to, setTo] = useState<string>();
  const [carried, setCarried] = useState<Carried>();
  useEffect(() => {
    void loadSticks(page);
    return watchSticks(page);
  }, [page]);
  const write = async (path: string): Promise<void> => {
    if (!wanted) return;
    setTo(path);
    setCarried(undefined);
    setCarried(
      await task(page, writeKey, how =>
        ask(page, 'carry.write', { ask: wanted, digest: plan.digest, to: path }, how),
      ),
    );
  };
  return (
    <section className="stack" aria-label={words.title}>
      <h4>{words.title}</h4>
      <p>{words.says(carry.files.join(', '), size(carry.bytes), plan.nodeName)}</p>
      {sticks.failure && <FailurePanel failure={sticks.failure} />}
      {sticks.value?.length === 0 && <p className="hint">{all.supply.noSticks}</p>}
      {(sticks.value ?? []).flatMap(stick =>
        stick.warnings
          .filter(({ is }) => is === 'not-mounted')
          .map(({ says }) => (
            <p key={stick.device} className="hint break">
              {stick.label || stick.device}: {says}
            </p>
          )),
      )}
      <div className="row">
        {(sticks.value ?? []).map(stick => (
          <Button
            key={stick.device}
            icon={Usb}
            busy={writing}
            disabled={!stick.writable}
            onClick={() => void write(stick.path)}
          >
            {words.writeTo(stick.label || stick.path || stick.device)}
          </Button>
        ))}
        <Button icon={Folder} disabled={writing} onClick={() => setPicking(true)}>
          {words.folder}
        </Button>
        <Button look="quiet" icon={RefreshCw} busy={sticks.loading} onClick={() => void loadSticks(page)}>
          {all.ui.refresh}
        </Button>
        <Button look="quiet" icon={Cable} busy={busy} disabled={writing} onClick={() => choose(false)}>
          {words.notByStick}
        </Button>
      </div>
      <TaskLine
        task={writeKey}
        label={words.writing}
        {...(to !== undefined && { again: () => void write(to) })}
      />
      {carried && (
        <Banner tone="good" title={words.written}>
          <p>
            {all.supply.readBack[carried.readBack]} <Code>{carried.path}</Code>
          </p>
          <p>{words.whatNext(plan.nodeName)}</p>
        </Banner>
      )}
      {picking && (
        <FolderPicker
          title={words.folder}
          says={words.folderSays}
          start={to}
          onClose={() => setPicking(false)}
          actions={[{ label: words.folderUse, act: path => void write(path) }]}
        />
      )}
    </section>
  );
}
