import { ArrowDownToLine, Archive, Search } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useStore } from 'zustand';
import type { BlackBoxLine } from '../../../preload/contract/serial.ts';
import { Button } from '../../ui/Button.tsx';
import { TextField } from '../../ui/Field.tsx';
import { exactly } from '../../ui/format.ts';
import { Empty } from '../../ui/parts.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { TaskLine } from '../app/TaskLine.tsx';
import { useBusy } from '../app/use-task.ts';
import { jumpTo, readEnd, readKey, readMore, searchBox, searchKey } from './box-actions.ts';
import { cutAt, emptyReading } from './box.ts';

/** What was recorded of a port: searched, jumped into, read backwards and forwards. */
export function BlackBoxPanel({ port }: { readonly port: string }) {
  const page = usePage();
  const words = useWords().consoles.blackBox;
  const box = useStore(page.boxes, ({ boxes }) => boxes[port]);
  useEffect(() => void readEnd(page, port), [page, port]);
  const reading = box?.reading ?? emptyReading;
  const busy = useBusy(readKey(port));
  return (
    <section className="card black-box" aria-label={words.lines}>
      <p className="hint">{words.says}</p>
      <SearchForm port={port} />
      <Finds port={port} />
      <TaskLine task={readKey(port)} label={words.reading} again={() => void readEnd(page, port)} />
      {!busy && box?.reading && reading.lines.length === 0 && (
        <Empty icon={Archive} title={words.empty} says={words.emptySays} />
      )}
      {reading.lines.length > 0 && <Lines port={port} />}
    </section>
  );
}

function SearchForm({ port }: { readonly port: string }) {
  const page = usePage();
  const words = useWords().consoles.blackBox;
  const [text, setText] = useState('');
  const busy = useBusy(searchKey(port));
  return (
    <>
      <form
        className="row end"
        role="search"
        onSubmit={event => {
          event.preventDefault();
          if (text.trim() !== '') void searchBox(page, port, text);
        }}
      >
        <TextField label={words.search} value={text} onValue={setText} />
        <Button type="submit" look="primary" icon={Search} busy={busy} disabled={text.trim() === ''}>
          {words.go}
        </Button>
      </form>
      <TaskLine task={searchKey(port)} label={words.searching} />
    </>
  );
}

/** The host gives no more finds than this. */
const mostFinds = 500;

function Finds({ port }: { readonly port: string }) {
  const page = usePage();
  const words = useWords().consoles.blackBox;
  const search = useStore(page.boxes, ({ boxes }) => boxes[port]?.search);
  if (!search) return null;
  return (
    <div className="stack">
      <p role="status">
        <strong>{words.found(search.finds.length)}</strong> {search.finds.length >= mostFinds && words.atMost}
      </p>
      {search.finds.length > 0 && (
        <ul className="finds" aria-label={words.finds}>
          {search.finds.map(find => (
            <li key={find.offset}>
              <button
                type="button"
                className="find"
                title={words.jump(exactly(find.at))}
                onClick={() => void jumpTo(page, port, find.offset)}
              >
                <time dateTime={find.at}>{exactly(find.at)}</time>
                <LineText text={find.text} sought={search.text} />
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function LineText({ text, sought }: { readonly text: string; readonly sought: string }) {
  const [before, found, after] = cutAt(text, sought);
  return (
    <code className="code">
      {before}
      {found !== '' && <mark>{found}</mark>}
      {after}
    </code>
  );
}

function Lines({ port }: { readonly port: string }) {
  const page = usePage();
  const words = useWords().consoles.blackBox;
  const reading = useStore(page.boxes, ({ boxes }) => boxes[port]?.reading ?? emptyReading);
  const sought = useStore(page.boxes, ({ boxes }) => boxes[port]?.search?.text ?? '');
  const busy = useBusy(readKey(port));
  // Without a jump the newest lines are what is sought.
  const last = reading.newer || reading.at !== undefined ? undefined : reading.lines.at(-1)?.offset;
  return (
    <>
      <div className="row tight">
        <Button busy={busy} disabled={!reading.older} onClick={() => void readMore(page, port, 'older')}>
          {words.older}
        </Button>
        <Button busy={busy} disabled={!reading.newer} onClick={() => void readMore(page, port, 'newer')}>
          {words.newer}
        </Button>
        <Button icon={ArrowDownToLine} busy={busy} onClick={() => void readEnd(page, port)}>
          {words.newest}
        </Button>
      </div>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <ol className="box-lines" tabIndex={0} aria-label={words.lines}>
        {reading.lines.map(line => (
          <Line
            key={line.offset}
            line={line}
            hit={line.offset === reading.at}
            newest={line.offset === last}
            sought={sought}
          />
        ))}
      </ol>
    </>
  );
}

function Line({
  line,
  hit,
  newest,
  sought,
}: {
  readonly line: BlackBoxLine;
  readonly hit: boolean;
  readonly newest: boolean;
  readonly sought: string;
}) {
  const words = useWords().consoles.blackBox;
  const here = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (!hit) return;
    here.current?.scrollIntoView({ block: 'center' });
    here.current?.focus({ preventScroll: true });
  }, [hit]);
  useEffect(() => {
    if (newest) here.current?.scrollIntoView({ block: 'nearest' });
  }, [newest]);
  return (
    <li ref={here} className={hit ? 'hit' : undefined} tabIndex={hit ? -1 : undefined}>
      {hit && <span className="unseen">{words.hit}: </span>}
      <time dateTime={line.at}>{exactly(line.at)}</time>
      <LineText text={line.text} sought={sought} />
    </li>
  );
}
