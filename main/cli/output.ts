import type { Progress } from '../../preload/contract/domain.ts';
import { exitCodes, kindOf } from '../../preload/contract/failure.ts';
import type { Failure } from '../../preload/contract/failure.ts';
import { duration, plain, size } from './words.ts';

/** What a verb gives back: one object for `--json`, the same for people, and how the process ends. */
export interface Answer {
  readonly json: unknown;
  readonly text: string;
  /** Exit code; 0 when absent. */
  readonly exit?: number;
}

interface Streams {
  readonly out: { write(text: string): unknown };
  readonly err: { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number };
}

/** One line of progress: `Copying k3s  12 MiB of 60 MiB, 20 s left`. */
export function progressLine(progress: Progress): string {
  const count = (n: number): string => (progress.unit === 'bytes' ? size(n) : String(n));
  const of = progress.total === undefined ? '' : ` of ${count(progress.total)}`;
  const unit = progress.unit === 'bytes' ? '' : ` ${progress.unit}`;
  const left = progress.remainingSeconds === undefined ? '' : `, ${duration(progress.remainingSeconds)} left`;
  return `${plain(progress.what)}  ${count(progress.done)}${of}${unit}${left}`;
}

/** JSON escapes C0 only; what else a terminal might obey, or be turned around by, is escaped too. The value stays the same. */
const json = (value: unknown): string =>
  JSON.stringify(value).replace(
    // eslint-disable-next-line no-control-regex
    /[\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g,
    mark => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** Lines of one value stay below it, so that text from a node cannot pose as a line of ours. */
const below = (text: string): string => plain(text).replaceAll('\n', '\n    ');

/** A failure for people. Its facts are for programs: what of them matters stands in its words. */
export function failureText(failure: Failure): string {
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['About', failure.about],
    ['Left alone', failure.untouched],
    ['Next', failure.next],
  ];
  return [
    `✗ ${below(failure.says)}`,
    ...rows.flatMap(([name, value]) => (value === undefined ? [] : [`  ${name}: ${below(value)}`])),
  ].join('\n');
}

/** Where a verb's words go. Under `--json` stdout carries one object and stderr carries progress as JSON lines. */
export class Output {
  readonly json: boolean;
  readonly #streams: Streams;
  #lineOpen = false;
  #lastProgress = 0;

  constructor(json: boolean, streams: Streams) {
    this.json = json;
    this.#streams = streams;
  }

  /** A sentence on the way, for people and for whoever reads stderr. */
  say(text: string): void {
    this.#closeLine();
    this.#streams.err.write(this.json ? `${json({ says: plain(text) })}\n` : `${plain(text)}\n`);
  }

  /** At most five lines a second; on a terminal one line that is rewritten. */
  progress(progress: Progress): void {
    const now = performance.now();
    const last = progress.total !== undefined && progress.done >= progress.total;
    if (!last && now - this.#lastProgress < 200) return;
    this.#lastProgress = now;
    if (this.json) this.#streams.err.write(`${json({ progress })}\n`);
    else if (this.#streams.err.isTTY) {
      const width = (this.#streams.err.columns ?? 80) - 1;
      this.#streams.err.write(`\r\u001b[2K${progressLine(progress).slice(0, width)}`);
      this.#lineOpen = true;
    }
  }

  answer(answer: Answer): number {
    this.#closeLine();
    this.#streams.out.write(
      this.json ? `${json(answer.json)}\n` : answer.text === '' ? '' : `${plain(answer.text)}\n`,
    );
    return answer.exit ?? 0;
  }

  failure(failure: Failure): number {
    this.#closeLine();
    if (this.json) this.#streams.out.write(`${json({ failure })}\n`);
    else this.#streams.err.write(`${failureText(failure)}\n`);
    return exitCodes[kindOf(failure)];
  }

  #closeLine(): void {
    if (!this.#lineOpen) return;
    this.#streams.err.write('\r\u001b[2K');
    this.#lineOpen = false;
  }
}
