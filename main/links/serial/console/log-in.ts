import type { Standing } from '../../../core/console/prompts.ts';
import { Secret } from '../../../core/secret.ts';
import type { ConsoleLogin } from '../../../ports.ts';
import type { Hand } from './hand.ts';
import {
  demandsNewPassword,
  inTheWay,
  passwordNeeded,
  refusals,
  refusedLogin,
  remembering,
  tookTooLong,
  wrongPassword,
} from './login-failures.ts';
import type { RememberingLogin } from './login-failures.ts';
import { shellAnswers } from './probe.ts';

export interface LoggedIn {
  readonly root: boolean;
  /** A shell was open already; it is not ours to log out. */
  readonly wasOpen: boolean;
}

/** How long each thing may take, in milliseconds; slow nodes take their time. */
const bootMs = 180_000;
const answerMs = 5000;
const echoMs = 4000;
/** An echo that stood still for so long is all that comes. */
const stillMs = 1000;
const passwordPromptMs = 30_000;
const shellMs = 90_000;
/** login(1) gives up after 60 s; then a getty asks anew. */
const promptEndsMs = 70_000;
const strangerMs = 12_000;
const runningMs = 10_000;
/** A question that stood for so long is what it looks like. */
const askedMs = 300;
/** A console that goes round in a circle is given up. */
const mostSteps = 60;
const mostEnters = 2;
const mostNames = 4;

const interrupt = '\u0003';
const endOfFile = '\u0004';
const killLine = '\u0015';

/** One login: how far it is, and what was tried. */
class Attempt {
  readonly hand: Hand;
  readonly login: RememberingLogin;
  readonly signal: AbortSignal;
  enters = 0;
  names = 0;
  left = 0;
  /** Letters came back wrong. */
  shaky = false;
  /** What runs is ours. */
  ours = false;
  /** A name or a password of ours was taken. */
  entered = false;

  constructor(hand: Hand, login: ConsoleLogin, signal: AbortSignal) {
    this.hand = hand;
    this.login = remembering(login);
    this.signal = signal;
  }

  /** Waits until something else stands there. */
  async past(was: Standing, ms: number): Promise<Standing | undefined> {
    return this.hand.until(
      () => {
        const now = this.hand.standing();
        return now.is === was.is && now.kind === was.kind ? undefined : now;
      },
      ms,
      this.signal,
    );
  }
}

/**
 * From whatever stands on the console to a shell that answers. A password goes out once, and only while a fresh
 * password prompt of a login stands at the cursor; a name is sent on only after all its letters came back right.
 * `ours`: what runs in the shell is a command of ours, and may be interrupted.
 */
export async function logIn(
  hand: Hand,
  login: ConsoleLogin,
  signal: AbortSignal,
  ours = false,
): Promise<LoggedIn> {
  const attempt = new Attempt(hand, login, signal);
  attempt.ours = ours;
  try {
    for (let steps = 0; steps < mostSteps; steps++) {
      const found = await step(attempt, hand.standing());
      if (found) return found;
    }
  } catch (thrown) {
    if (signal.aborted) await tidy(attempt).catch(() => undefined);
    throw thrown;
  }
  throw tookTooLong(
    attempt.login,
    'The console shows one thing after another, and never a shell.',
    hand.line().line,
  );
}

/** Takes away what a stopped login typed. */
async function tidy({ hand, entered }: Attempt): Promise<void> {
  const { is, kind } = hand.standing();
  if ((is === 'login' || is === 'login-failed') && !bare.test(hand.line().line)) await hand.send(killLine);
  else if (is === 'password' && kind !== 'checking' && entered) await hand.send(interrupt);
}

async function step(attempt: Attempt, now: Standing): Promise<LoggedIn | undefined> {
  const { login } = attempt;
  switch (now.is) {
    case 'shell':
      return ready(attempt);
    case 'login':
    case 'login-failed':
      return now.kind === 'activate' ? enter(attempt, now) : giveName(attempt, now);
    case 'maintenance':
      return maintain(attempt, now);
    case 'listening':
    case 'silent':
    case 'other':
      return enter(attempt, now);
    case 'booting':
      return outwait(attempt, now, bootMs);
    case 'grub':
    case 'u-boot':
      if (now.kind !== 'countdown' && now.kind !== 'counting') throw inTheWay(login, now);
      return outwait(attempt, now, bootMs);
    case 'running':
      return attempt.ours ? interruptOurs(attempt, now) : outwait(attempt, now, runningMs);
    case 'stranger':
      return outwait(attempt, now, strangerMs, 'held-elsewhere');
    case 'password':
      return now.kind === 'checking' ? outwait(attempt, now, answerMs * 6) : leavePassword(attempt, now);
    case 'continuation':
      return leave(attempt, now, interrupt);
    case 'pager':
      return leave(attempt, now, 'q');
    case 'new-password':
      throw demandsNewPassword(login, now.saw);
    case 'noise':
    case 'echo':
    case 'boot-loop':
    case 'initramfs':
    case 'fsck':
    case 'root-locked':
    case 'panic':
    case 'editor':
    case 'unplugged':
      throw inTheWay(login, now, now.is === 'unplugged' ? 'link-lost' : 'unreachable');
    default:
      return now.is satisfies never;
  }
}

async function outwait(
  attempt: Attempt,
  now: Standing,
  ms: number,
  code: 'unreachable' | 'held-elsewhere' = 'unreachable',
): Promise<undefined> {
  if (!(await attempt.past(now, ms))) throw inTheWay(attempt.login, attempt.hand.standing(), code);
}

async function interruptOurs(attempt: Attempt, now: Standing): Promise<undefined> {
  attempt.ours = false;
  await attempt.hand.send(interrupt);
  await attempt.past(now, 2000);
}

/** One Enter where it can do no harm, at most twice. */
async function enter(attempt: Attempt, now: Standing): Promise<undefined> {
  const { hand, signal, login } = attempt;
  if (now.is === 'listening') {
    await attempt.past(now, 3000);
    return;
  }
  const asks = now.is === 'other' && /[?:]\s*$|\[[yn]\/[yn]\]/i.test(now.saw);
  if (asks || attempt.enters >= mostEnters) throw inTheWay(login, now);
  // what is not known may be in the middle of something: it must have stood still
  if (now.is === 'other' && (await hand.until(() => still(hand), 3000, signal)) === undefined) return;
  if (hand.standing().is !== now.is) return;
  attempt.enters += 1;
  const heard = hand.heard();
  await hand.send('\r');
  await hand.until(
    () => (hand.heard() > heard && hand.standing().is !== now.is ? true : undefined),
    answerMs,
    signal,
  );
}

const still = (hand: Hand): true | undefined => (hand.line().ms >= 2000 ? true : undefined);

// ── name and password ────────────────────────────────────────────────────────────────────────────

async function giveName(attempt: Attempt, now: Standing): Promise<LoggedIn | undefined> {
  const { hand, login, signal } = attempt;
  attempt.names += 1;
  if (attempt.names > mostNames)
    throw tookTooLong(login, 'The login asks for a name again and again.', hand.line().line);
  if (!(await nameStands(attempt))) {
    attempt.shaky = true;
    return undefined;
  }
  const lines = hand.heard();
  await hand.send('\r');
  attempt.entered = true;
  const next = await hand.until(() => afterName(hand, lines, now), passwordPromptMs, signal);
  if (next === undefined)
    throw tookTooLong(login, 'The login did not go on after the name.', hand.line().line);
  if (next.is !== 'password') return undefined;
  return givePassword(attempt);
}

function afterName(hand: Hand, heard: number, before: Standing): Standing | undefined {
  const now = hand.standing();
  if (hand.heard() === heard) return undefined;
  const again = now.is === 'login' || now.is === 'login-failed';
  // the prompt with our name in it is what we left; the same prompt without it is a new one
  if (again && (now.is === before.is || now.is === 'login-failed'))
    return /: ?$/.test(now.saw) ? now : undefined;
  return decided(now) ? now : undefined;
}

const passing: ReadonlySet<string> = new Set(['running', 'other', 'silent', 'listening', 'echo']);
const decided = (now: Standing): boolean =>
  !passing.has(now.is) && (now.is !== 'login' || /: ?$/.test(now.saw));

/** Types the name and sees whether every letter of it came back; takes it away again when one did not. */
async function nameStands(attempt: Attempt): Promise<boolean> {
  const { hand, login, signal } = attempt;
  if (!bare.test(hand.line().line)) await takeAway(attempt);
  const heard = hand.heard();
  await hand.send(login.user);
  const whole = new RegExp(`: ?${escaped(login.user)}$`);
  const right = await hand.until(() => echoed(hand, heard, whole), echoMs, signal);
  if (right) return true;
  await takeAway(attempt);
  return false;
}

/** A prompt with nothing typed at it. */
const bare = /: ?$/;

/** Whether what was typed came back whole; false once an echo that is not right stands still. */
function echoed(hand: Hand, heard: number, whole: RegExp): boolean | undefined {
  const { line, ms } = hand.line();
  if (whole.test(line)) return true;
  return hand.heard() > heard && ms >= stillMs ? false : undefined;
}

async function takeAway({ hand, signal }: Attempt): Promise<void> {
  await hand.send(killLine);
  await hand.until(() => (bare.test(hand.line().line) ? true : undefined), 2000, signal);
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** The password; where it may not be given, the prompt is left before anybody is told. */
async function asked(attempt: Attempt): Promise<Secret | undefined> {
  try {
    return attempt.login.secret('password');
  } catch (thrown) {
    await abandon(attempt);
    throw thrown;
  }
}

async function givePassword(attempt: Attempt): Promise<LoggedIn | undefined> {
  const { hand, login, signal } = attempt;
  const password = await asked(attempt);
  if (!password) {
    await abandon(attempt);
    throw passwordNeeded(login, login.user);
  }
  // Last look: between the prompt and now a login may have given up and a getty may ask for a name, in the clear.
  if (hand.standing().is !== 'password' || !/password: ?$/i.test(hand.line().line)) return undefined;
  const heard = hand.heard();
  const place = hand.lines();
  await hand.send(new Secret(`${password.reveal()}\r`));
  const end = await hand.until(() => afterPassword(attempt, heard, place), shellMs, signal);
  if (end === undefined)
    throw tookTooLong(login, 'The login took the password, and then no shell came.', hand.line().line);
  if (end.is === 'new-password') {
    await abandon(attempt);
    throw demandsNewPassword(login, end.saw);
  }
  return undefined;
}

/** What came of the password: throws what the login refused, gives what stands there otherwise. */
function afterPassword({ hand, login, shaky }: Attempt, heard: number, place: number): Standing | undefined {
  if (hand.heard() === heard) return undefined;
  const now = hand.standing();
  const said = hand.since(place);
  if (now.is === 'login-failed') throw wrongPassword(login, 'Login incorrect', shaky);
  if (now.is === 'login') {
    const why = refusals.find(([rule]) => said.some(text => rule.test(text)));
    if (why) throw refusedLogin(login, why[1], why[2]);
    throw wrongPassword(login, lastWords(said), shaky);
  }
  // the prompt we answered is a finished line by now: another one at the cursor is a second question
  const asks = now.is === 'password' && now.kind !== 'checking' && hand.line().ms >= askedMs;
  if (asks && said.filter(text => /password: ?$/i.test(text)).length > 1)
    throw wrongPassword(login, 'it asks for a password again', shaky);
  return now.is === 'password' || !decided(now) ? undefined : now;
}

const lastWords = (lines: readonly string[]): string =>
  lines.findLast(text => text.trim() !== '' && !/(?:login|password): ?$/i.test(text))?.trim() ??
  'it asks for a name again';

/** Leaves a password prompt without giving one. */
async function abandon(attempt: Attempt): Promise<boolean> {
  const { hand } = attempt;
  const now = hand.standing();
  for (const [key, ms] of [
    [interrupt, 5000],
    [endOfFile, 8000],
  ] as const) {
    await hand.send(key);
    if (await attempt.past(now, ms)) return true;
  }
  return (await attempt.past(now, promptEndsMs)) !== undefined;
}

/** A password prompt that was there before us belongs to a name we did not give. */
async function leavePassword(attempt: Attempt, now: Standing): Promise<undefined> {
  attempt.left += 1;
  if (attempt.left > 2 || !(await abandon(attempt)))
    throw tookTooLong(attempt.login, 'A password prompt stands there and does not end.', now.saw);
}

async function leave(attempt: Attempt, now: Standing, key: string): Promise<undefined> {
  attempt.left += 1;
  if (attempt.left > 4) throw inTheWay(attempt.login, now);
  await attempt.hand.send(key);
  await attempt.past(now, 5000);
}

// ── maintenance ──────────────────────────────────────────────────────────────────────────────────

/** The root password for maintenance; it is tried once. */
export async function maintain(attempt: Attempt, now: Standing): Promise<undefined> {
  const { hand, login, signal } = attempt;
  const heard = hand.heard();
  const place = hand.lines();
  // Root logs in with its own password everywhere; anybody else's node has one of root's beside it.
  const own = now.kind === 'no-password' ? undefined : login.secret('root');
  const kind = login.user === 'root' && !own ? 'password' : 'root';
  if (now.kind === 'no-password') await hand.send('\r');
  else {
    const password = own ?? (kind === 'password' ? login.secret(kind) : undefined);
    if (!password) throw passwordNeeded(login, 'root', kind);
    await hand.send(new Secret(`${password.reveal()}\r`));
  }
  const end = await hand.until(() => afterMaintenance(hand, heard, place), shellMs, signal);
  if (end?.is === 'maintenance') throw wrongPassword(login, 'Login incorrect', false, kind);
  if (!end) throw tookTooLong(login, 'No maintenance shell came.', hand.line().line);
  attempt.entered = true;
}

function afterMaintenance(hand: Hand, heard: number, place: number): Standing | undefined {
  const now = hand.standing();
  if (hand.heard() === heard) return undefined;
  if (now.is !== 'maintenance') return passing.has(now.is) || now.is === 'booting' ? undefined : now;
  return hand.since(place).some(text => text.startsWith('Login incorrect')) ? now : undefined;
}

export const attemptOf = (hand: Hand, login: ConsoleLogin, signal: AbortSignal): Attempt =>
  new Attempt(hand, login, signal);

// ── the shell ────────────────────────────────────────────────────────────────────────────────────

async function ready(attempt: Attempt): Promise<LoggedIn | undefined> {
  const { hand, login, signal, entered } = attempt;
  const answer = await shellAnswers(hand, signal);
  if (answer) return { root: answer.root, wasOpen: !entered };
  attempt.left += 1;
  if (attempt.left > 3)
    throw tookTooLong(login, 'What looks like a shell does not answer.', hand.line().line);
  return undefined;
}
