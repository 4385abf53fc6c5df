import { FieldError } from '../../../../preload/contract/failure.ts';
import type { ConsoleDeed, ConsoleState } from '../../../../preload/contract/serial.ts';
import type { ConsoleLogin } from '../../../ports.ts';
import { cannotBreak, makesNoSense } from './failures.ts';
import type { Hand } from './hand.ts';
import { attemptOf, logIn, maintain } from './log-in.ts';

export interface Deed {
  readonly signal: AbortSignal;
  readonly login?: ConsoleLogin;
  readonly sysrq?: string;
  readonly state: ConsoleState;
  readonly breaks: (ms: number) => Promise<void>;
}

/** Held low for so long, every UART takes it for a BREAK, in milliseconds. */
const breakMs = 300;
/** What stood for so long is no passing picture. */
const settledMs = 200;
const doneMs = 15_000;
const open: readonly string[] = ['shell', 'running'];
const interrupt = '\u0003';
const endOfFile = '\u0004';

/** Does what a button says, and comes back when the console shows that it was done. Throws `refused` where it makes no sense. */
export async function act(hand: Hand, deed: ConsoleDeed, how: Deed): Promise<void> {
  // a login looks for itself what stands there, and says what stands in its way
  if (deed !== 'log-in' && !how.state.doable.includes(deed)) {
    if (deed === 'break' || deed === 'sysrq') throw cannotBreak(hand.port);
    throw makesNoSense(how.state, hand.port);
  }
  await deeds[deed](hand, how);
}

const deeds: Record<ConsoleDeed, (hand: Hand, how: Deed) => Promise<void>> = {
  wake: async hand => hand.send('\r'),
  'log-in': async (hand, { login, signal }) => {
    const { wasOpen } = await logIn(hand, loginFor(login, hand), signal);
    // a pulled cable must not leave an open shell for ever, nor a session's commands in a history
    if (!wasOpen) await hand.send(' export HISTFILE=/dev/null TMOUT=600\r');
  },
  'log-out': async (hand, { signal }) => {
    const place = hand.lines();
    await hand.send('\u0015exit\r');
    // a shell with stopped jobs says so once, and goes the second time
    const stays = (): true | undefined =>
      open.includes(hand.standing().is) && !hand.since(place).some(text => /jobs/.test(text))
        ? undefined
        : true;
    await hand.until(stays, doneMs, signal);
    if (!open.includes(hand.standing().is)) return;
    await hand.send('exit\r');
    await must(hand, open, signal);
  },
  leave: (hand, { state, signal }) => leave(hand, state, signal),
  'enter-maintenance': async (hand, { login, signal }) => {
    const now = hand.standing();
    const nobody: ConsoleLogin = { name: hand.port, user: 'root', secret: () => undefined };
    await maintain(attemptOf(hand, login ?? nobody, signal), now);
  },
  'continue-boot': async (hand, { state, signal }) => {
    await hand.send(state.is === 'root-locked' ? '\r' : endOfFile);
    await must(hand, [state.is], signal);
  },
  'boot-default': async (hand, { signal }) => {
    const now = hand.standing();
    if (now.is === 'u-boot') await hand.send('boot\r');
    else await hand.send(now.kind === 'prompt' ? 'normal\r' : '\r');
    const heard = hand.heard();
    await hand.until(() => (hand.heard() > heard ? true : undefined), doneMs, signal);
  },
  break: (_hand, { breaks }) => breaks(breakMs),
  sysrq: async (hand, { breaks, sysrq }) => {
    if (sysrq === undefined || !/^[0-9a-z]$/.test(sysrq)) throw noLetter(hand.port);
    // the kernel takes the letter within 5 s after the BREAK
    await breaks(breakMs);
    await hand.send(sysrq);
  },
};

/** Keys that leave what is open, each tried only while it still stands there. */
const waysOut: Partial<Record<string, readonly string[]>> = {
  pager: ['q', 'q'],
  'editor:vi': ['\u001b', ':q!\r'],
  'editor:nano': ['\u0018', 'n'],
  continuation: [interrupt],
  // a key that comes while the shell still starts the command is lost
  running: [interrupt, interrupt],
  'password:command': [interrupt],
};

async function leave(hand: Hand, state: ConsoleState, signal: AbortSignal): Promise<void> {
  const { is, kind } = hand.standing();
  const keys = waysOut[`${is}:${kind ?? ''}`] ?? waysOut[is] ?? [interrupt];
  for (const key of keys) {
    await hand.send(key);
    if (await gone(hand, [is], 2500, signal)) return;
  }
  if (hand.standing().is === is) throw stays(state, hand.port);
}

const gone = async (
  hand: Hand,
  states: readonly string[],
  ms: number,
  signal: AbortSignal,
): Promise<true | undefined> =>
  hand.until(
    () => (states.includes(hand.standing().is) || hand.line().ms < settledMs ? undefined : true),
    ms,
    signal,
  );

async function must(hand: Hand, states: readonly string[], signal: AbortSignal): Promise<void> {
  if (!(await gone(hand, states, doneMs, signal)))
    throw new FieldError({
      code: 'timed-out',
      says: 'It was sent, and the console still shows the same.',
      about: hand.port,
      untouched: 'Nothing else was sent.',
      next: 'Look at the console, and try by hand.',
    });
}

function loginFor(login: ConsoleLogin | undefined, hand: Hand): ConsoleLogin {
  if (login) return login;
  throw new FieldError({
    code: 'bad-ask',
    says: 'Whose name and password to use was not said.',
    about: hand.port,
    untouched: 'Nothing was sent.',
    next: 'Choose the node that stands at this cable first.',
  });
}

const noLetter = (about: string): FieldError =>
  new FieldError({
    code: 'bad-ask',
    says: 'A SysRq key is one letter or digit.',
    about,
    untouched: 'Nothing was sent.',
    next: 'Give one letter, such as s to write everything to disk or b to restart.',
  });

const stays = (state: ConsoleState, about: string): FieldError =>
  new FieldError({
    code: 'could-not',
    says: `It did not go away. ${state.says}`,
    about,
    untouched: 'Nothing else was sent.',
    next: 'Look at the console, and leave it by hand.',
  });
