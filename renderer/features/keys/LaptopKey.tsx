import { KeyRound, RefreshCcw } from 'lucide-react';
import { useState } from 'react';
import type { KeysShown } from '../../../preload/contract/supply/keys.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { moment } from '../../ui/format.ts';
import { Card, Code, CopyButton, Facts } from '../../ui/parts.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { TaskLine } from '../app/TaskLine.tsx';
import { useBusy } from '../app/use-task.ts';
import { laptopKey, makeLaptopKey } from './actions.ts';

/** The key that signs this laptop's bags. */
export function LaptopKey({ keys }: { readonly keys: KeysShown }) {
  const page = usePage();
  const all = useWords();
  const words = all.keys.laptop;
  const [asking, setAsking] = useState(false);
  const busy = useBusy(laptopKey);
  const { laptop, earlierLaptopKeys } = keys;
  return (
    <Card
      title={words.title}
      says={words.says}
      actions={
        laptop ? (
          <Button icon={RefreshCcw} busy={busy} onClick={() => setAsking(true)}>
            {words.another}
          </Button>
        ) : (
          <Button
            look="primary"
            icon={KeyRound}
            busy={busy}
            onClick={() => void makeLaptopKey(page, 'first')}
          >
            {words.make}
          </Button>
        )
      }
    >
      <TaskLine task={laptopKey} label={words.making} />
      {laptop ? (
        <>
          <Facts
            facts={[
              [words.id, <Code key="id">{laptop.id}</Code>],
              [words.line, <Code key="line">{laptop.key}</Code>],
              [words.since, laptop.since === undefined ? all.keys.notKnown : moment(laptop.since)],
            ]}
          />
          <div className="row">
            <CopyButton text={laptop.key} name={words.copy} />
          </div>
          <p className="hint">{words.enroll}</p>
        </>
      ) : (
        <p className="hint">{words.none}</p>
      )}
      {earlierLaptopKeys.length > 0 && (
        <details className="proof-fold">
          <summary>{words.earlier(earlierLaptopKeys.length)}</summary>
          <ul className="proof-names">
            {earlierLaptopKeys.map(each => (
              <li key={each.id}>
                <Code>{each.id}</Code> {each.since !== undefined && moment(each.since)}
              </li>
            ))}
          </ul>
        </details>
      )}
      {asking && (
        <Dialog
          title={words.another}
          onClose={() => setAsking(false)}
          foot={
            <>
              <Button onClick={() => setAsking(false)}>{all.ui.cancel}</Button>
              <Button
                look="danger"
                icon={RefreshCcw}
                busy={busy}
                onClick={() => {
                  setAsking(false);
                  void makeLaptopKey(page, 'another');
                }}
              >
                {words.anotherGo}
              </Button>
            </>
          }
        >
          <p>{words.anotherSays}</p>
        </Dialog>
      )}
    </Card>
  );
}
