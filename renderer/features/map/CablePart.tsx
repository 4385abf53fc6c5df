import { Cable, LifeBuoy, RefreshCw } from 'lucide-react';
import { useStore } from 'zustand';
import type { CableAdvice, LanNow } from '../../../preload/contract/scan.ts';
import { Button } from '../../ui/Button.tsx';
import { Card, CopyButton, Empty } from '../../ui/parts.tsx';
import { useWords } from '../../words/context.ts';
import { go } from '../app/actions.ts';
import { usePage } from '../app/page.ts';
import { loadLan } from './actions.ts';

function LookAgain() {
  const page = usePage();
  const words = useWords().map;
  const loading = useStore(page.map, ({ lan }) => lan.loading);
  return (
    <Button icon={RefreshCw} busy={loading} onClick={() => void loadLan(page)}>
      {words.lookAgain}
    </Button>
  );
}

/** What to do on a cable that leads straight to a node: each step with its command, and the way back. */
export function CablePart({ advice }: { readonly advice: CableAdvice }) {
  const words = useWords().map.cable;
  return (
    <Card title={words.title(advice.wire)} says={advice.says} actions={<LookAgain />}>
      <ol className="map-steps">
        {advice.steps.map(({ says, command }) => (
          <li key={says}>
            <p>{says}</p>
            {command !== undefined && <Command text={command} />}
          </li>
        ))}
      </ol>
      {advice.undo !== undefined && (
        <div>
          <h3>{words.undo}</h3>
          <Command text={advice.undo} />
        </div>
      )}
    </Card>
  );
}

function Command({ text }: { readonly text: string }) {
  return (
    <div className="command map-command">
      <pre>{text}</pre>
      <CopyButton text={text} />
    </div>
  );
}

/** This laptop is in no network at all: what to check, and what each adapter says. */
export function NoNetwork({ lan }: { readonly lan: LanNow }) {
  const all = useWords();
  const words = all.map;
  return (
    <>
      <Empty icon={Cable} title={words.noNetwork} says={words.noNetworkSays}>
        <LookAgain />
        <Button icon={LifeBuoy} onClick={() => go({ is: 'rescue' })}>
          {words.cable.serial}
        </Button>
      </Empty>
      <Card title={words.whatToCheck}>
        <ul>
          {words.noNetworkChecks.map(check => (
            <li key={check}>{check}</li>
          ))}
        </ul>
        {lan.wires.length > 0 && (
          <>
            <h3>{words.wires}</h3>
            <ul>
              {lan.wires.map(({ name, kind, plugged }) => (
                <li key={name}>
                  <strong>{name}</strong> ({words.wire.kinds[kind]}):{' '}
                  {plugged === true
                    ? words.wire.plugged
                    : plugged === false
                      ? words.wire.unplugged
                      : words.wire.untold}
                </li>
              ))}
            </ul>
          </>
        )}
      </Card>
    </>
  );
}
