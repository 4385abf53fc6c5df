import { Check, Lock } from 'lucide-react';
import { useEffect, useId, useRef } from 'react';
import type { ReactNode, RefObject } from 'react';
import { useWords } from '../words/context.ts';
import { Button } from './Button.tsx';

/** One part of a wizard: open with its body, or summed up in a line with a button that opens it. */
export function WizardPart({
  number,
  title,
  summary,
  open,
  done,
  reachable,
  onOpen,
  children,
}: {
  readonly number: number;
  readonly title: string;
  readonly summary?: string | undefined;
  readonly open: boolean;
  readonly done: boolean;
  readonly reachable: boolean;
  readonly onOpen: () => void;
  readonly children: ReactNode;
}) {
  const words = useWords().ui;
  const titleId = useId();
  const heading = useFocusOnOpen(open);
  return (
    <li
      className={`part ${open ? 'open' : ''} ${done ? 'done' : ''}`}
      aria-current={open ? 'step' : undefined}
    >
      <header className="part-head">
        <span className="part-number" aria-hidden>
          {done && !open ? <Check size={18} /> : reachable ? number : <Lock size={16} />}
        </span>
        <div className="part-title">
          <h2 id={titleId} ref={heading} tabIndex={-1}>
            {title}
          </h2>
          {!open && summary !== undefined && (
            <p className="hint break" title={summary}>
              {summary}
            </p>
          )}
        </div>
        {!open && reachable && (
          <Button look="quiet" aria-describedby={titleId} onClick={onOpen}>
            {done ? words.change : words.show}
          </Button>
        )}
      </header>
      {open && <div className="part-body">{children}</div>}
    </li>
  );
}

/** When the pressed button went with the part before, the focus goes on to the heading of the part that opened. */
function useFocusOnOpen(open: boolean): RefObject<HTMLHeadingElement | null> {
  const heading = useRef<HTMLHeadingElement>(null);
  const before = useRef(open);
  useEffect(() => {
    const opened = open && !before.current;
    before.current = open;
    if (!opened || document.activeElement !== document.body) return;
    heading.current?.focus({ preventScroll: true });
    heading.current?.closest('li')?.scrollIntoView({ block: 'start' });
  }, [open]);
  return heading;
}
