import { randomBytes } from 'node:crypto';
import { FieldError } from '../../../../preload/contract/failure.ts';
import type { LineSettings } from '../../../../preload/contract/serial.ts';
import { agent, probe, runnerText } from '../../../core/serial-exec/agent.ts';
import { loader } from '../../../core/serial-exec/loader.ts';
import { pieces, printable } from '../../../core/serial-exec/printable.ts';
import { bytesPerSecond } from '../../../core/serial-exec/seconds.ts';
import type { Chance, Clock, HeldLine } from '../../../ports.ts';
import type { Ear } from './ear.ts';
import { Talk } from './talk.ts';

export interface Means {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly settings: LineSettings;
  /** Name used in failures. */
  readonly name: string;
}

const hex = (chance: Chance, bytes: number): string => Buffer.from(chance.bytes(bytes)).toString('hex');

const mostStarts = 12;

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
      if (tries > 0) await cleanPrompt(held, talk.ear);
      const started = loader(hex(chance, 8), salt, settings.flow === 'xonxoff');
      const lineMs = (started.payload.length * 2_000) / bytesPerSecond(settings);
      if (await startLoop(held, talk.ear, started, lineMs + 1500 + 500 * tries, signal)) {
        await teach(talk, signal);
        return talk;
      }
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
  { typed, ready, payload, standing }: ReturnType<typeof loader>,
  patienceMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  ear.forget();
  await held.send(Buffer.from(`${typed}\n`));
  if (!(await heard(ear, ready, patienceMs, signal))) return false;
  await held.send(Buffer.from(`${payload}\n`));
  return heard(ear, `%${standing}%`, patienceMs, signal);
}

/** Waits until a word came; a pause longer than the patience ends it. */
async function heard(ear: Ear, word: string, patienceMs: number, signal: AbortSignal): Promise<boolean> {
  while (!ear.heard.includes(word)) if (!(await ear.more(patienceMs, signal))) return false;
  return true;
}

/** Ends whatever a damaged line left open: a quote, a read, a program. */
async function cleanPrompt(held: HeldLine, ear: Ear): Promise<void> {
  await held.send(Buffer.from('\x03'));
  await ear.quiet(150);
  await held.send(Buffer.from('\n'));
  await ear.quiet(150);
}

/** The one function the loop needs before it can answer at all; `agent` has it again, in a readable form. */
const firstWords =
  'a(){ r="$t $*";h=$(printf %s "$k$r"|sha256sum);printf "%%%s %.16s %s%%\\n" "$r" "$h" "$t";};a ok';

async function teach(talk: Talk, signal: AbortSignal): Promise<void> {
  await talk.ask(firstWords, { signal });
  await run(talk, agent, signal);
  await keep(talk, 'R', runnerText, signal);
  await run(talk, probe, signal);
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
  text: string,
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
