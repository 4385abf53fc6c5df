import { Copy, PackageCheck, Unplug } from 'lucide-react';
import { useEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import { useStore } from 'zustand';
import type { Site } from '../../../preload/contract/domain.ts';
import type { Ejected } from '../../../preload/contract/supply/sticks.ts';
import { Button } from '../../ui/Button.tsx';
import { Code, CopyButton } from '../../ui/parts.tsx';
import { Banner } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { TaskLine } from '../app/TaskLine.tsx';
import { useBusy } from '../app/use-task.ts';
import { ejectKey, takeOut, writeExport, writeKey, writeOnceMore } from './actions.ts';
import { BagVerdict } from './BagVerdict.tsx';
import { isWhole, stickAt, takenOut } from './store.ts';
import type { TakenOut } from './store.ts';

/** The writing with its progress. */
export function WritePart({ site }: { readonly site: Site }) {
  const page = usePage();
  const words = useWords().supply;
  const { written } = useStore(page.supply);
  const writing = useBusy(writeKey);
  const whole = written !== undefined && isWhole(written.check);
  const write = (): void => void writeExport(page, site.id);
  return (
    <>
      <p className="hint">{words.writeSays}</p>
      {!whole && (
        <div className="row">
          <Button look="primary" icon={PackageCheck} busy={writing} onClick={write}>
            {written ? words.writeAgain : words.write}
          </Button>
        </div>
      )}
      <TaskLine task={writeKey} label={words.writing} again={write} />
    </>
  );
}

/** What was read back, and how far the reading reached. */
export function CheckedPart() {
  const page = usePage();
  const words = useWords().supply;
  const { written } = useStore(page.supply);
  if (!written) return null;
  return (
    <Told key={written.check.path}>
      <BagVerdict check={written.check} goodTitle={words.written} />
    </Told>
  );
}

/** A result that takes the focus when the pressed button went away with it, so that the keyboard goes on from here. */
function Told({ className, children }: { readonly className?: string; readonly children: ReactNode }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (document.activeElement === document.body) place.current?.focus();
  }, []);
  return (
    <div ref={place} tabIndex={-1} role="status" className={className ?? 'stack'}>
      {children}
    </div>
  );
}

/** Taking out the stick. Only what the laptop measured says that it may be pulled; a folder never gets there. */
export function OutPart() {
  const page = usePage();
  const words = useWords().supply.out;
  const state = useStore(page.supply);
  const { to, sticks, ejected, written } = state;
  const taking = useBusy(ejectKey);
  const stick = stickAt(sticks.value, to);
  const how = takenOut(state);
  return (
    <>
      {stick && how !== 'safe' && (
        <>
          <p>{words.says}</p>
          <div className="row">
            <Button look="primary" icon={Unplug} busy={taking} onClick={() => void takeOut(page, stick.path)}>
              {words.take}
            </Button>
          </div>
        </>
      )}
      {!stick && !ejected && <Unseen />}
      <TaskLine
        task={ejectKey}
        label={words.taking}
        {...(stick && { again: () => void takeOut(page, stick.path) })}
      />
      {ejected && how && <Outcome how={how} ejected={ejected} />}
      {written && isWhole(written.check) && (
        <div className="row">
          <Button icon={Copy} onClick={() => writeOnceMore(page, written.id)}>
            {words.second}
          </Button>
        </div>
      )}
    </>
  );
}

/** The place is no stick, or no longer: nothing can be said about pulling it out. */
function Unseen() {
  const page = usePage();
  const words = useWords().supply.out;
  const wasStick = useStore(page.supply, state => state.toStick === true);
  return wasStick ? <Banner tone="warn" title={words.gone} /> : <p className="hint">{words.folder}</p>;
}

function Outcome({ how, ejected }: { readonly how: TakenOut; readonly ejected: Ejected }) {
  const words = useWords().supply.out;
  switch (how) {
    case 'safe':
      return (
        <Told className="safe-out">
          <Banner tone="good" title={words.safe}>
            <p>{ejected.poweredOff ? words.safePower : words.safeNoPower}</p>
          </Banner>
        </Told>
      );
    case 'out':
      return (
        <div role="alert">
          <Banner tone="bad" title={words.notWhole}>
            <p>{words.notWholeSays}</p>
          </Banner>
        </div>
      );
    case 'still-in':
      return (
        <div role="alert">
          <Banner tone="bad" title={words.stillIn}>
            <p>{ejected.says}</p>
            {ejected.command !== undefined && (
              <>
                <p>{words.command}</p>
                <div className="row">
                  <Code>{ejected.command}</Code>
                  <CopyButton text={ejected.command} />
                </div>
              </>
            )}
          </Banner>
        </div>
      );
    default:
      return how satisfies never;
  }
}
