import type { Progress } from '../../preload/contract/domain.ts';
import type { Words } from '../words/en.ts';
import { useWords } from '../words/context.ts';
import { percent, size, span } from './format.ts';

/** How far it is, in its own unit; nothing where the percentage already says it. */
function amount({ done, total, unit }: Progress, words: Words['ui']): string {
  switch (unit) {
    case 'bytes':
      return total === undefined ? size(done) : words.amount(size(done), size(total));
    case 'files':
      return total === undefined ? '' : words.files(done, total);
    case 'steps':
      return total === undefined ? '' : words.steps(Math.floor(done), total);
    case 'addresses':
      return total === undefined ? '' : words.addresses(done, total);
    case 'percent':
      return '';
    default:
      return unit satisfies never;
  }
}

/** Progress with what is happening, how far it is, and the remaining time once that is measured. */
export function ProgressBar({ progress, label }: { readonly progress: Progress; readonly label: string }) {
  const words = useWords().ui;
  const at = percent(progress.done, progress.total);
  const left =
    progress.remainingSeconds === undefined
      ? words.remainingUnknown
      : words.remaining(span(progress.remainingSeconds));
  const how = [amount(progress, words), left].filter(Boolean).join(' · ');
  return (
    <div className="progress">
      <div className="progress-head">
        <span className="progress-what">{progress.what}</span>
        {at !== undefined && <span className="progress-percent">{words.percent(at)}</span>}
      </div>
      <div
        className={at === undefined ? 'progress-track unknown' : 'progress-track'}
        role="progressbar"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={at}
        aria-valuetext={`${progress.what} ${how}`}
      >
        <div className="progress-fill" style={at === undefined ? {} : { width: `${at}%` }} />
      </div>
      <p className="hint">{how}</p>
    </div>
  );
}
