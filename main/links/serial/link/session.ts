import { randomBytes } from 'node:crypto';
import { FieldError } from '../../../../preload/contract/failure.ts';
import type { LineSettings } from '../../../../preload/contract/serial.ts';
import { agent, probe, runnerText } from '../../../core/serial-exec/agent.ts';
import { firstWords, loader, loop, takeTerminal } from '../../../core/serial-exec/loader.ts';
import type { Loader } from '../../../core/serial-exec/loader.ts';
import { pieces, printable } from '../../../core/serial-exec/printable.ts';
import { bytesPerSecond } from '../../../core/serial-exec/seconds.ts';
import { refusalOf } from '../../../core/serial-exec/wire.ts';
import type { Chance, Clock, HeldLine } from '../../../ports.ts';
import type { Ear } from './ear.ts';
import { LineDown } from './line-down.ts';
import { Talk } from './talk.ts';

export interface Means {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly settings: LineSettings;
  /** Name used in failures. */
  readonly name: string;
}

const hex = (chance: Chance, bytes: number): string => Buffer.from(chance.bytes(bytes)).toString('hex');

/** On a line that damages one character in three hundred every second try succeeds. */
const mostStarts = 30;

/**
 * Starts the node's half in the shell that stands on the line. `salt` is the link's own; `next` counts its requests.
 * Throws `could-not` when no shell takes it.
 */
export async function startAgent(
  held: HeldLine,
  { clock, chance, settings, name }: Means,
  salt: string,
  next: () => number,
  signal: AbortSignal,
): Promise<Talk> {
  const talk = new Talk(held, settings, clock, salt, next);
  try {
    for (let tries = 0; tries < mostStarts; tries++) {
      const started = loader(hex(chance, 4), salt);
      const lineMs = (started.payload.length * 2_000) / bytesPerSecond(settings);
      const stands =
        (tries > 0 && (await cleanPrompt(held, talk.ear, salt))) ||
        (await startLoop(held, talk.ear, started, salt, lineMs + Math.min(5000, 800 + 200 * tries), signal));
      if (stands && (await taught(talk, salt, settings, signal))) return talk;
    }
  } catch (thrown) {
    talk.close();
    throw thrown;
  }
  talk.close();
  throw noShell(name);
}

async function startLoop(
  held: HeldLine,
  ear: Ear,
  { typed, ready, payload, standing, refused }: Loader,
  salt: string,
  patienceMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  ear.forget();
  await held.send(Buffer.from(`${typed}\n`));
  if (!(await heard(ear, [ready], patienceMs, signal))) return false;
  ear.forget();
  await held.send(Buffer.from(`${payload}\n`));
  const said = await heard(ear, [standing, refused, refusalOf(salt)], patienceMs, signal);
  return said === standing || said === refusalOf(salt);
}

/** Waits until one of these words came and gives it; a pause longer than the patience ends it. */
async function heard(
  ear: Ear,
  words: readonly string[],
  patienceMs: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  while (true) {
    const word = words.find(one => ear.heard.includes(one));
    if (word !== undefined) return word;
    if (!(await ear.more(patienceMs, signal))) return undefined;
  }
}

/** Ends whatever a damaged line left open: a quote, a read, a program. True when the loop turns out to stand already. */
async function cleanPrompt(held: HeldLine, ear: Ear, salt: string): Promise<boolean> {
  ear.forget();
  await held.send(Buffer.from('\x03'));
  await ear.quiet(100);
  await held.send(Buffer.from('-\n'));
  await ear.quiet(100);
  return ear.heard.includes(refusalOf(salt));
}

/** Brings the functions to the loop; false when it does not answer. */
async function taught(
  talk: Talk,
  salt: string,
  settings: LineSettings,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await talk.ask(firstWords, { signal, silentTries: 3 });
  } catch (thrown) {
    if (thrown instanceof LineDown && thrown.why === 'silent') return false;
    throw thrown;
  }
  await talk.ask(takeTerminal(settings.flow === 'xonxoff'), { signal });
  const staying = await inPieces(talk, 'c', loop(salt), signal);
  await talk.ask(`a ok;eval "$(printf %b "${staying}")"`, { signal });
  await run(talk, agent, signal);
  await keep(talk, 'R', runnerText, signal);
  await run(talk, probe, signal);
  return true;
}

const run = async (talk: Talk, text: string, signal: AbortSignal): Promise<void> => {
  await talk.ask(`eval "$(printf %b "${await inPieces(talk, 'c', text, signal)}")";a ok`, { signal });
};

const keep = async (talk: Talk, name: string, text: string, signal: AbortSignal): Promise<void> => {
  await talk.ask(`${name}=$(printf %b "${await inPieces(talk, 'c', text, signal)}");a ok`, { signal });
};

/**
 * Brings text to the node in variables of this prefix, each by a request of its own, and gives what joins them, still
 * coded: `${c0}${c1}…`.
 */
export async function inPieces(
  talk: Talk,
  prefix: string,
  text: string | Uint8Array,
  signal: AbortSignal,
  secret = false,
): Promise<string> {
  const names: string[] = [];
  let left = printable(text);
  while (left !== '') {
    const piece = pieces(left, talk.piece.now)[0] ?? '';
    // What is beside a secret makes the sums of its request say nothing about it.
    const salt = secret ? `: ${randomBytes(12).toString('hex')};` : '';
    await talk.ask(`${salt}${prefix}${names.length}='${piece}';a ok`, { signal, secret });
    names.push(`\${${prefix}${names.length}}`);
    left = left.slice(piece.length);
  }
  return names.join('');
}

const noShell = (about: string): FieldError =>
  new FieldError({
    code: 'could-not',
    says: 'The shell on the console did not take Coldstart’s commands.',
    about,
    untouched: 'Nothing was changed on the node.',
    next: 'Type a command in the console yourself. Nothing readable comes back: check the speed. It works: the node may lack `sha256sum`, which Coldstart needs there.',
  });
