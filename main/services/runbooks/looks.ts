import type { Judged } from '../../core/runbook/step.ts';
import type { Hands, Look } from './book.ts';
import { notSo } from './book.ts';
import type { Console } from './console.ts';
import type { Ledger } from './ledger.ts';

const spoken = (ms: number): string =>
  ms < 120_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`;

/** A look of the laptop's own is journaled and shown here; commands of others do that themselves. */
async function firstLook(look: Look, hands: Hands, console: Console, ledger: Ledger): Promise<Judged> {
  const own = look.shows.find(({ as }) => as === 'laptop');
  if (!own) return await look.look(hands, false);
  const intent = ledger.intend(own.text, 'laptop');
  console.sent('laptop', own.text);
  const judged = await look.look(hands, false);
  intent.done(judged.is === 'so' ? 0 : 1, judged.saw);
  return judged;
}

/** Looks once, or as long as the look has patience; `seconds` is about how long it usually takes. */
export async function lookUntil(
  look: Look,
  hands: Hands,
  seconds: number,
  console: Console,
  ledger: Ledger,
): Promise<Judged> {
  const { patience } = look;
  let judged = await firstLook(look, hands, console, ledger);
  if (!patience) return judged;
  const from = hands.monotonic();
  let pause = Math.min(250, patience.everyMs);
  while (judged.is !== 'so') {
    const waited = hands.monotonic() - from;
    // the last bit is kept until it is really so
    hands.progress(Math.min(0.95, waited / 1000 / seconds), `${patience.what}: ${judged.saw}`);
    const hopeless = await patience.hopeless?.(hands);
    if (hopeless !== undefined) return notSo(hopeless);
    if (waited > patience.forMs) return notSo(`After ${spoken(patience.forMs)}: ${judged.saw}`);
    await hands.sleep(pause);
    pause = Math.min(pause * 1.5, patience.everyMs);
    judged = await look.look(hands, true);
  }
  return judged;
}
