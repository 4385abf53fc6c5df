import { OctagonX, ShieldAlert, CircleStop } from 'lucide-react';
import type { LucideIcon } from 'lucide-react';
import { createContext, useContext } from 'react';
import type { ReactNode } from 'react';
import { failureKinds } from '../../preload/contract/failure.ts';
import type { Failure, FailureKind } from '../../preload/contract/failure.ts';
import { useWords } from '../words/context.ts';

const looks: Partial<Record<FailureKind, { readonly icon: LucideIcon; readonly tone: string }>> = {
  safety: { icon: ShieldAlert, tone: 'warn' },
  cancelled: { icon: CircleStop, tone: 'quiet' },
};

/** What every panel offers besides its own buttons, by the failure it shows; set once, around the whole page. */
export const FailureWays = createContext<(failure: Failure) => ReactNode>(() => null);

/** A failure as the technician needs it: what happened, about what, what was left alone, what to do next. */
export function FailurePanel({
  failure,
  children,
}: {
  readonly failure: Failure;
  readonly children?: ReactNode;
}) {
  const words = useWords().ui;
  const ways = useContext(FailureWays);
  const kind = failureKinds[failure.code];
  const { icon: Icon, tone } = looks[kind] ?? { icon: OctagonX, tone: 'bad' };
  return (
    <section className={`failure ${tone}`} role="alert">
      <Icon size={24} aria-hidden />
      <div className="failure-text">
        <h3>{words.failures[kind]}</h3>
        <p className="failure-says">{failure.says}</p>
        <dl>
          {failure.about !== undefined && (
            <div>
              <dt>{words.aboutWhat}</dt>
              <dd>{failure.about}</dd>
            </div>
          )}
          {failure.untouched !== undefined && (
            <div>
              <dt>{words.untouched}</dt>
              <dd>{failure.untouched}</dd>
            </div>
          )}
          {failure.next !== undefined && (
            <div>
              <dt>{words.next}</dt>
              <dd>{failure.next}</dd>
            </div>
          )}
        </dl>
        <div className="row">
          {children}
          {ways(failure)}
        </div>
      </div>
    </section>
  );
}
