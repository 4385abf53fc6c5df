import {
  AArrowDown,
  AArrowUp,
  ArrowDownToLine,
  ChevronDown,
  ChevronUp,
  Search,
  Volume2,
  X,
} from 'lucide-react';
import { useEffect, useEffectEvent, useId, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { useWords } from '../../words/context.ts';
import { Button, IconButton } from '../Button.tsx';
import { copyText } from '../clipboard.ts';
import { useDark } from '../dark.ts';
import { pump } from './pump.ts';
import { terminalThemes } from './theme.ts';
import type { Xterm } from './xterm.ts';

export interface Size {
  readonly cols: number;
  readonly rows: number;
}

/** What a terminal shows and, for a shell, where the typing goes. */
export interface TerminalSource {
  /** Opens the feed; called again with every new source. */
  readonly feed: (size: Size, signal: AbortSignal) => AsyncIterable<Uint8Array>;
  readonly onData?: (data: string) => void;
  readonly onSize?: (size: Size) => void;
}

interface TerminalProps {
  readonly title: string;
  readonly source: TerminalSource;
  readonly fontSize: number;
  readonly onFontSize: (size: number) => void;
  readonly scrollback?: number;
  readonly onFailed?: (thrown: unknown) => void;
  readonly onEnded?: () => void;
  readonly takesFocus?: boolean;
  /** More buttons at its head. */
  readonly children?: ReactNode;
}

const scrollbackLines = 10_000;

/**
 * A terminal pane: the bytes of a feed, with find, copy, text size and following. The terminal itself is fetched when
 * the first pane opens. A new `source` starts it afresh.
 */
export function Terminal(props: TerminalProps) {
  const { title, source, fontSize, onFontSize, scrollback = scrollbackLines, takesFocus = false } = props;
  const words = useWords().terminal;
  const dark = useDark();
  const place = useRef<HTMLDivElement>(null);
  const leaveTo = useRef<HTMLButtonElement>(null);
  const findBox = useRef<HTMLInputElement>(null);
  const [xterm, setXterm] = useState<Xterm>();
  const [finding, setFinding] = useState(false);
  const [sought, setSought] = useState('');
  const [matches, setMatches] = useState<readonly [number, number]>();
  const [following, setFollowing] = useState(true);
  const [speaking, setSpeaking] = useState(false);
  const hint = useId();

  const failed = useEffectEvent((thrown: unknown) => props.onFailed?.(thrown));
  const ended = useEffectEvent(() => props.onEnded?.());
  const style = useEffectEvent(() => ({ theme: terminalThemes[dark ? 'dark' : 'light'], fontSize }));

  useEffect(() => {
    const stop = new AbortController();
    let open: Xterm | undefined;
    const run = async (): Promise<void> => {
      const [{ openXterm }] = await Promise.all([
        import('./xterm.ts'),
        document.fonts.load("14px 'JetBrains Mono'"),
      ]);
      if (stop.signal.aborted || !place.current) return;
      open = openXterm(place.current, {
        ...style(),
        scrollback,
        label: title,
        ...(source.onData && { onData: source.onData }),
        ...(source.onSize && { onSize: source.onSize }),
        onMatches: (at, of) => setMatches([at, of]),
        onFollow: setFollowing,
        onLeave: () => leaveTo.current?.focus(),
        onFind: () => setFinding(true),
      });
      setXterm(open);
      if (takesFocus) open.focus();
      const terminal = open;
      await pump(source.feed(terminal.size(), stop.signal), (bytes, taken) => {
        if (!stop.signal.aborted) terminal.write(bytes, taken);
      });
      ended();
    };
    run().catch((thrown: unknown) => {
      if (!stop.signal.aborted) failed(thrown);
    });
    return () => {
      stop.abort();
      open?.close();
      setXterm(undefined);
    };
  }, [source, scrollback, title, takesFocus]);

  useEffect(() => xterm?.restyle(terminalThemes[dark ? 'dark' : 'light'], fontSize), [xterm, dark, fontSize]);
  useEffect(() => xterm?.speak(speaking), [xterm, speaking]);
  useEffect(() => {
    if (finding) findBox.current?.focus();
  }, [finding]);

  const closeFind = (): void => {
    setFinding(false);
    setMatches(undefined);
    xterm?.clearFind();
    xterm?.focus();
  };

  return (
    <section className="term" aria-label={title}>
      <header className="term-head">
        <h3>{title}</h3>
        <div className="row tight">
          <button
            ref={leaveTo}
            type="button"
            className="icon-button"
            aria-label={words.find}
            title={words.find}
            aria-expanded={finding}
            onClick={() => (finding ? closeFind() : setFinding(true))}
          >
            <Search size={18} aria-hidden />
          </button>
          <CopyAll xterm={xterm} />
          <IconButton
            name={words.smaller}
            icon={AArrowDown}
            disabled={fontSize <= 8}
            onClick={() => onFontSize(fontSize - 1)}
          />
          <IconButton
            name={words.larger}
            icon={AArrowUp}
            disabled={fontSize >= 32}
            onClick={() => onFontSize(fontSize + 1)}
          />
          <IconButton
            name={words.speak}
            icon={Volume2}
            aria-pressed={speaking}
            onClick={() => setSpeaking(!speaking)}
          />
          {props.children}
        </div>
      </header>
      {finding && (
        <div className="term-find" role="search">
          <input
            ref={findBox}
            type="text"
            aria-label={words.findLabel}
            value={sought}
            onChange={event => {
              setSought(event.target.value);
              if (event.target.value === '') xterm?.clearFind();
              else xterm?.find(event.target.value, 'next');
            }}
            onKeyDown={event => {
              if (event.key === 'Enter') xterm?.find(sought, event.shiftKey ? 'previous' : 'next');
              if (event.key === 'Escape') closeFind();
            }}
          />
          <span className="hint" aria-live="polite">
            {matches && sought !== '' ? words.matches(...matches) : ''}
          </span>
          <IconButton
            name={words.findPrevious}
            icon={ChevronUp}
            onClick={() => xterm?.find(sought, 'previous')}
          />
          <IconButton name={words.findNext} icon={ChevronDown} onClick={() => xterm?.find(sought, 'next')} />
          <IconButton name={words.findClose} icon={X} onClick={closeFind} />
        </div>
      )}
      <div className="term-place" data-ready={xterm !== undefined} aria-describedby={hint}>
        <div className="term-inner" ref={place} />
        {xterm === undefined && <p className="term-wait">{words.loading}</p>}
      </div>
      {source.onData && (
        <p className="hint term-hint" id={hint} title={words.leaveLong}>
          {words.leave}
        </p>
      )}
      {!following && (
        <div className="term-follow">
          <Button
            icon={ArrowDownToLine}
            onClick={() => {
              xterm?.toEnd();
              setFollowing(true);
            }}
          >
            {words.follow}
          </Button>
        </div>
      )}
    </section>
  );
}

/** Copies the selection when there is one, everything otherwise. */
function CopyAll({ xterm }: { readonly xterm: Xterm | undefined }) {
  const words = useWords();
  const [said, setSaid] = useState<string>();
  useEffect(() => {
    if (said === undefined) return undefined;
    const timer = setTimeout(() => setSaid(undefined), 2_000);
    return () => clearTimeout(timer);
  }, [said]);
  return (
    <button
      type="button"
      className="button quiet"
      title={words.terminal.copySelection}
      onClick={() => {
        const text = xterm?.selection() || xterm?.all() || '';
        void copyText(text).then(ok => setSaid(ok ? words.ui.copied : words.ui.copyFailed));
      }}
    >
      <span aria-live="polite">{said ?? words.ui.copy}</span>
    </button>
  );
}
