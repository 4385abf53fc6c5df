import type { SiteNode } from '../../../preload/contract/domain.ts';
import type { RunId } from '../../../preload/contract/ids.ts';
import type { Scrubber } from '../../core/scrub.ts';
import type { Sh } from '../../core/sh.ts';
import type { Clock, Exit, Link } from '../../ports.ts';
import { tailOf } from './book.ts';
import type { Asking, Hands } from './book.ts';
import type { Console } from './console.ts';
import type { Ledger } from './ledger.ts';

export interface HandsParts {
  /** The node the link leads to. */
  readonly node: SiteNode;
  /** True when that is another node of the site than the run's own. */
  readonly away: boolean;
  readonly run: RunId;
  readonly clock: Clock;
  readonly scrub: Scrubber;
  readonly console: Console;
  readonly ledger: Ledger;
  readonly progress: Hands['progress'];
}

/** What steps work with: a link whose every command stands in the journal first and in the terminal as it goes. */
export function handsOn(link: Link, signal: AbortSignal, parts: HandsParts): Hands {
  const { node, away, run, clock, scrub, console, ledger, progress } = parts;
  const on = away ? node.name : undefined;
  // A step of another node asks about the steps on that node.
  const there = (step: string): string => (on === undefined || step.includes('@') ? step : `${step}@${on}`);

  async function exec(command: Sh, asking: Asking): Promise<Exit> {
    const { as, again = false, hush = false, ...options } = asking;
    if (again) return await link.exec(command, { ...options, as, signal });
    const intent = ledger.intend(command.text, as, { on });
    console.sent(as, command.text, on);
    const output = console.output();
    const show = hush ? {} : { onOutput: (_stream: string, bytes: Uint8Array) => output.take(bytes) };
    try {
      const exit = await link.exec(command, { ...options, as, signal, ...show });
      intent.done(exit.code, hush ? 'answered' : tailOf(exit, 8));
      return exit;
    } finally {
      output.end();
    }
  }

  return {
    link,
    node,
    run,
    signal,
    exec,
    progress,
    note(says) {
      console.note(says);
      ledger.write({ is: 'note', says });
    },
    show(text) {
      const output = console.output();
      void output.take(Buffer.from(text));
      output.end();
    },
    hide: secret => {
      scrub.add(secret);
    },
    changedSince(step, since) {
      const { applied } = ledger.told;
      return (applied.get(there(step)) ?? -1) > (applied.get(there(since)) ?? -1);
    },
    didBefore: step => ledger.told.done.has(there(step)),
    monotonic: () => clock.monotonic(),
    sleep: ms => clock.sleep(ms, signal),
  };
}
