import { Plug, Radar } from 'lucide-react';
import { useState } from 'react';
import { useStore } from 'zustand';
import type { SiteNode } from '../../../preload/contract/domain.ts';
import { usualLine } from '../../../preload/contract/serial.ts';
import type { Detected, LineSettings } from '../../../preload/contract/serial.ts';
import { Button } from '../../ui/Button.tsx';
import { Banner } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { TaskLine } from '../app/TaskLine.tsx';
import { useBusy } from '../app/use-task.ts';
import { joinKey } from '../console/actions.ts';
import { lineDraftOf, lineOf } from '../console/line.ts';
import { LineFields } from '../console/LineFields.tsx';
import { detect, detectKey, openConsole, openKey } from './actions.ts';
import { hasSpeed } from './store.ts';

/** The speed of the line, found or set by hand; then the console is opened. */
export function LinePart({ node }: { readonly node: SiteNode }) {
  const page = usePage();
  const words = useWords().consoles;
  const way = useStore(page.rescue, state => state.way);
  if (way?.is !== 'port') return null;
  const { port } = way;
  return (
    <>
      <LineForm port={port} onUse={line => void openConsole(page, node.id, port, line)} />
      <TaskLine task={openKey} label={words.opening} />
    </>
  );
}

/** How a port is opened for the first time: what that does, which speed, and the button. */
export function LineForm({
  port,
  onUse,
}: {
  readonly port: string;
  readonly onUse: (line: LineSettings) => void;
}) {
  const page = usePage();
  const all = useWords();
  const words = all.rescue.line;
  const detected = useStore(page.rescue, state => state.detected[port]);
  const known = useStore(page.rescue, state => state.lines[port]);
  const free = useStore(
    page.rescue,
    ({ ports }) => ports.value?.find(each => each.port === port)?.standing.is !== 'ours',
  );
  const finding = useBusy(detectKey);
  const noting = useBusy(openKey);
  const joining = useBusy(joinKey(port));
  const opening = noting || joining;
  const speed = hasSpeed(port);
  const line = known ?? (speed ? undefined : usualLine);
  return (
    <>
      {free && speed && !detected && (
        <Banner tone="warn" title={words.first}>
          <p>{all.consoles.raises}</p>
        </Banner>
      )}
      {(!line || !speed) && <p>{speed ? words.findSays : words.noSpeed}</p>}
      {detected && !finding && <Found detected={detected} />}
      <TaskLine task={detectKey} label={words.finding} />
      {!finding && (
        <div className="row">
          {line && (
            <Button look="primary" icon={Plug} busy={opening} onClick={() => onUse(line)}>
              {words.open}
            </Button>
          )}
          {speed && (
            <Button
              look={line ? 'plain' : 'primary'}
              icon={Radar}
              disabled={opening}
              onClick={() => void detect(page, port)}
            >
              {line ? words.findAgain : words.find}
            </Button>
          )}
          {line && speed && !detected && (
            <span className="hint">{words.known(all.consoles.line.short(line))}</span>
          )}
        </div>
      )}
      {speed && !finding && (
        <ByHand key={JSON.stringify(known)} start={known ?? usualLine} busy={opening} onUse={onUse} />
      )}
    </>
  );
}

function Found({ detected }: { readonly detected: Detected }) {
  const all = useWords();
  const words = all.rescue.line;
  const { settings, by, says, saw, seconds } = detected;
  return (
    <div role="status" className="stack">
      <Banner
        tone={settings ? 'good' : 'warn'}
        title={settings ? words.found(all.consoles.line.short(settings)) : words.notFound}
      >
        <p>{says}</p>
        <p className="hint">
          {by !== undefined && `${words.by[by]} `}
          {seconds >= 1 && words.took(Math.round(seconds * 10) / 10)}
        </p>
      </Banner>
      {saw.trim() !== '' && (
        <figure className="evidence-line">
          <figcaption className="hint">{words.saw}</figcaption>
          <blockquote>
            <code className="code">{saw.trim()}</code>
          </blockquote>
        </figure>
      )}
    </div>
  );
}

function ByHand({
  start,
  busy,
  onUse,
}: {
  readonly start: LineSettings;
  readonly busy: boolean;
  readonly onUse: (line: LineSettings) => void;
}) {
  const all = useWords();
  const words = all.rescue.line;
  const [draft, setDraft] = useState(() => lineDraftOf(start));
  const line = lineOf(draft);
  return (
    <details>
      <summary>{words.byHand}</summary>
      <form
        className="stack"
        onSubmit={event => {
          event.preventDefault();
          if (line && !busy) onUse(line);
        }}
      >
        <p className="hint">
          {words.byHandSays} {all.consoles.line.says}
        </p>
        <LineFields draft={draft} onDraft={setDraft} />
        <div className="row">
          <Button type="submit" icon={Plug} busy={busy} disabled={!line}>
            {words.openByHand}
          </Button>
        </div>
      </form>
    </details>
  );
}
