import { Archive, Printer } from 'lucide-react';
import { useState } from 'react';
import { createPortal } from 'react-dom';
import type { BreakGlassPaper } from '../../../preload/contract/supply/keys.ts';
import { Button } from '../../ui/Button.tsx';
import { CheckBox } from '../../ui/Field.tsx';
import { moment } from '../../ui/format.ts';
import { Banner } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { inGroups, qrPath } from './store.ts';

/** The paper for the safe, shown once: it is nowhere else, and gone with this part of the page. */
export function Paper({
  paper,
  site,
  onClose,
}: {
  readonly paper: BreakGlassPaper;
  readonly site: string;
  readonly onClose: () => void;
}) {
  const words = useWords().keys.paper;
  const [kept, setKept] = useState(false);
  const [madeAt] = useState(() => new Date().toISOString());
  const sheet = <Sheet paper={paper} site={site} madeAt={madeAt} />;
  return (
    <div className="stack">
      <Banner tone="warn" title={words.once}>
        <p>{words.onceSays}</p>
      </Banner>
      {sheet}
      {createPortal(
        <div className="paper-print" aria-hidden>
          {sheet}
        </div>,
        document.body,
      )}
      <div className="row">
        <Button look="primary" icon={Printer} onClick={() => window.print()}>
          {words.print}
        </Button>
      </div>
      <CheckBox label={words.kept} checked={kept} onValue={setKept} />
      <div className="row">
        <Button icon={Archive} disabled={!kept} onClick={onClose}>
          {words.away}
        </Button>
      </div>
    </div>
  );
}

function Sheet({
  paper: { identity, recipient, qr },
  site,
  madeAt,
}: {
  readonly paper: BreakGlassPaper;
  readonly site: string;
  readonly madeAt: string;
}) {
  const words = useWords().keys.paper;
  const side = qr.length + 8;
  return (
    <section className="paper" aria-label={words.title(site)}>
      <h3>{words.title(site)}</h3>
      <p>{words.madeOn(moment(madeAt))}</p>
      <p className="paper-key">
        {inGroups(identity).map((group, i) => (
          <span key={i}>{group}</span>
        ))}
      </p>
      <svg
        className="paper-qr"
        viewBox={`0 0 ${side} ${side}`}
        role="img"
        aria-label={words.qr}
        shapeRendering="crispEdges"
      >
        <path d={qrPath(qr)} fill="#000" />
      </svg>
      <dl>
        <dt>{words.recipient}</dt>
        <dd className="mono">{recipient}</dd>
      </dl>
      <ol>
        {words.whatToDo.map(line => (
          <li key={line}>{line}</li>
        ))}
      </ol>
    </section>
  );
}
