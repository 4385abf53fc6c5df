import { Check, Copy } from 'lucide-react';
import type { LucideIcon } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { useWords } from '../words/context.ts';
import { Button } from './Button.tsx';
import { copyText } from './clipboard.ts';
import { moment, secondsSince, span } from './format.ts';

/** A screen's head: its name, one sentence, and what can be done. */
export function Head({
  title,
  says,
  children,
}: {
  readonly title: string;
  readonly says?: string;
  readonly children?: ReactNode;
}) {
  return (
    <header className="head">
      <div>
        <h1 tabIndex={-1} id="heading">
          {title}
        </h1>
        {says !== undefined && <p className="lead">{says}</p>}
      </div>
      {children && <div className="row">{children}</div>}
    </header>
  );
}

/** A part of a screen with a heading of its own. */
export function Card({
  title,
  says,
  actions,
  children,
}: {
  readonly title: string;
  readonly says?: ReactNode;
  readonly actions?: ReactNode;
  readonly children?: ReactNode;
}) {
  return (
    <section className="card">
      <header className="card-head">
        <div>
          <h2>{title}</h2>
          {says !== undefined && <p className="hint">{says}</p>}
        </div>
        {actions !== undefined && <div className="row">{actions}</div>}
      </header>
      {children}
    </section>
  );
}

/** What stands where nothing is yet: why it is empty and what to do next. */
export function Empty({
  icon: Icon,
  title,
  says,
  children,
}: {
  readonly icon: LucideIcon;
  readonly title: string;
  readonly says: string;
  readonly children?: ReactNode;
}) {
  return (
    <div className="empty">
      <Icon size={32} aria-hidden />
      <p className="empty-title">{title}</p>
      <p>{says}</p>
      {children && <div className="row">{children}</div>}
    </div>
  );
}

/** A moment as how long ago it was; the exact time is in the tooltip and for the screen reader. */
export function Ago({ at }: { readonly at: string | undefined }) {
  const words = useWords().ui;
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  if (at === undefined) return <>{words.never}</>;
  const seconds = secondsSince(at, now);
  return (
    <time dateTime={at} title={moment(at)}>
      {seconds < -60 ? words.ahead : words.ago(span(seconds))}
    </time>
  );
}

/** A long name or hash in fixed type; it breaks anywhere rather than push the page wide. */
export const Code = ({ children }: { readonly children: string }) => (
  <code className="code" title={children}>
    {children}
  </code>
);

/** A hash or id cut to its beginning; all of it is in the tooltip. */
export const Short = ({ children, keep = 12 }: { readonly children: string; readonly keep?: number }) => (
  <code className="code" title={children}>
    {children.length > keep ? `${children.slice(0, keep)}…` : children}
  </code>
);

/** Copies a text and says whether it did. */
export function CopyButton({ text, name }: { readonly text: string; readonly name?: string }) {
  const words = useWords().ui;
  const [said, setSaid] = useState<string>();
  return (
    <Button
      look="quiet"
      icon={said === words.copied ? Check : Copy}
      aria-live="polite"
      onClick={() => void copyText(text).then(ok => setSaid(ok ? words.copied : words.copyFailed))}
    >
      {said ?? name ?? words.copy}
    </Button>
  );
}

/** Pairs of a name and a value. */
export function Facts({ facts }: { readonly facts: readonly (readonly [name: string, value: ReactNode])[] }) {
  return (
    <dl className="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
