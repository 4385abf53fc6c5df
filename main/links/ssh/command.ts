import { randomBytes } from 'node:crypto';
import type { ClientChannel } from 'ssh2';
import { cancelled, FieldError } from '../../../preload/contract/failure.ts';
import { AfterMark } from '../../core/after-mark.ts';
import { Kept } from '../../core/kept.ts';
import { marked, throughLoginShell } from '../../core/login-shell.ts';
import { Secret } from '../../core/secret.ts';
import type { ExecOptions, Exit } from '../../ports.ts';
import { Pump } from './pump.ts';
import { earlyOf, linkLost } from './wire.ts';
import type { Wire } from './wire.ts';

/** A word that cannot occur in any output by chance. */
export const freshMark = (): string => `cs${randomBytes(12).toString('hex')}`;

/** How a command is started, apart from its text. */
export interface Start {
  /** Wraps the marked script, for instance in sudo. */
  wrap(script: string): string;
  /** Sees what came on stderr before the command started; may answer on stdin. Throwing ends the command. */
  before?(noise: string, answer: (text: string) => void): void;
  /** Ends a command that does not listen to the end of its channel; gets the process id of its shell. */
  kill(pid: number): Promise<void>;
}

/** An Exit and whether the command itself was ever reached (not stopped by a start file, by sudo, by no shell). */
export interface Ended extends Exit {
  readonly started: boolean;
  /** What was printed before it started, on both streams. */
  readonly noise: string;
}

const oneMiB = 1024 * 1024;
/** How long a command gets to end by itself once it was told to stop. */
const graceMs = 1000;

/** Runs one script on a wire. Stopping and timing out end the remote command before this throws. */
export async function runCommand(
  wire: Wire,
  text: string,
  start: Start,
  options: ExecOptions,
): Promise<Ended> {
  const mark = freshMark();
  const line = lineFor(start.wrap(marked(text, mark)));
  const channel = await wire.exec(line, options.signal);
  return new Running(wire, channel, mark, start, options).ended;
}

function lineFor(script: string): string {
  try {
    return throughLoginShell(script);
  } catch (cause) {
    const says = `A command cannot be sent: ${(cause as Error).message}.`;
    throw new FieldError({ code: 'could-not', says, untouched: 'The command was not started.' }, { cause });
  }
}

class Running {
  readonly #wire: Wire;
  readonly #channel: ClientChannel;
  readonly #start: Start;
  readonly #options: ExecOptions;
  readonly #out: AfterMark;
  readonly #err: AfterMark;
  readonly #kept: { readonly stdout: Kept; readonly stderr: Kept };
  readonly #pump: Pump;
  #closed = false;
  #fed = false;
  #stopping: Error | undefined;
  readonly ended: Promise<Ended>;

  constructor(wire: Wire, channel: ClientChannel, mark: string, start: Start, options: ExecOptions) {
    this.#wire = wire;
    this.#channel = channel;
    this.#start = start;
    this.#options = options;
    this.#out = new AfterMark(mark);
    this.#err = new AfterMark(mark);
    const most = options.keepBytes ?? oneMiB;
    this.#kept = { stdout: new Kept(most), stderr: new Kept(most) };
    this.#pump = new Pump([channel, channel.stderr], thrown => void this.#stop(thrown as Error));
    this.ended = this.#run();
  }

  async #run(): Promise<Ended> {
    const channel = this.#channel;
    this.#closed = earlyOf(channel).closed;
    // ssh2 says `close` once stdout was read to its end, whatever is still to come on stderr.
    const errorsRead = new Promise<void>(resolve => channel.stderr.on('end', () => resolve()));
    const closed = new Promise<void>(resolve => {
      if (this.#closed) resolve();
      channel.on('close', () => ((this.#closed = true), resolve()));
    });
    channel.on('error', () => undefined);
    this.#pump.see(channel, bytes => this.#take('stdout', this.#out, bytes));
    this.#pump.see(channel.stderr, bytes => this.#takeError(bytes));
    const unbind = this.#bindStops();
    // Nothing to feed and nobody to answer: a start file that reads stdin shall not wait for us.
    if (this.#options.stdin === undefined && !this.#start.before) channel.end();
    try {
      await closed;
      if (!this.#stopping) await errorsRead;
      await this.#pump.idle;
    } finally {
      unbind();
    }
    if (this.#stopping) throw this.#stopping;
    const { exit } = earlyOf(channel);
    if (!exit) throw linkLost(this.#wire.name);
    return this.#result(exit);
  }

  #result(exit: { readonly code: number | null; readonly signal: string | null }): Ended {
    const { stdout, stderr } = this.#kept;
    return {
      ...exit,
      stdout: stdout.text(),
      stderr: stderr.text(),
      truncated: stdout.truncated || stderr.truncated,
      started: this.#out.found,
      noise: `${this.#out.found ? '' : this.#out.noise}${this.#err.found ? '' : this.#err.noise}`.trim(),
    };
  }

  #take(name: 'stdout' | 'stderr', from: AfterMark, bytes: Uint8Array): void | Promise<void> {
    const own = from.take(bytes);
    if (this.#out.found && !this.#fed) this.#feed();
    if (own.length === 0) return undefined;
    this.#kept[name].take(own);
    return this.#stopping ? undefined : this.#options.onOutput?.(name, own);
  }

  #takeError(bytes: Uint8Array): void | Promise<void> {
    const taken = this.#take('stderr', this.#err, bytes);
    if (!this.#err.found) this.#start.before?.(this.#err.noise, text => this.#channel.write(text));
    return taken;
  }

  /** The payload goes only to the command itself: not to a start file, and not to sudo. */
  #feed(): void {
    this.#fed = true;
    const { stdin } = this.#options;
    feed(this.#channel, stdin).catch((thrown: unknown) => void this.#stop(thrown as Error));
  }

  #bindStops(): () => void {
    const { signal, timeoutMs } = this.#options;
    const stop = (): void => void this.#stop(cancelled('The command'));
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    const late = (): void => void this.#stop(timedOut(this.#wire.name, timeoutMs ?? 0));
    const timer = timeoutMs === undefined ? undefined : setTimeout(late, timeoutMs);
    return () => {
      signal.removeEventListener('abort', stop);
      clearTimeout(timer);
    };
  }

  /** Ends the remote command, the polite way first, and then the channel. */
  async #stop(why: Error): Promise<void> {
    if (this.#stopping || this.#closed) return;
    this.#stopping = why;
    this.#pump.drop();
    this.#channel.signal('TERM');
    this.#channel.end();
    const closed = new Promise<void>(resolve => this.#channel.on('close', () => resolve()));
    const pid = this.#out.pid;
    if (pid !== undefined && !(await within(closed, graceMs / 4)))
      await this.#start.kill(pid).catch(() => undefined);
    if (!(await within(closed, graceMs))) this.#channel.close();
    // A server that does not even close the channel has left us; do not wait for its process.
    if (!(await within(closed, graceMs))) this.#channel.emit('close');
  }
}

const within = async (done: Promise<void>, ms: number): Promise<boolean> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>(resolve => (timer = setTimeout(() => resolve(false), ms)));
  try {
    return await Promise.race([done.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
};

async function feed(channel: ClientChannel, stdin: ExecOptions['stdin']): Promise<void> {
  if (stdin === undefined) channel.end();
  else if (stdin instanceof Secret) channel.end(stdin.reveal());
  else if (stdin instanceof Uint8Array)
    channel.end(Buffer.from(stdin.buffer, stdin.byteOffset, stdin.length));
  else {
    for await (const bytes of stdin) {
      if (!channel.writable) return;
      if (!channel.write(bytes)) await drained(channel);
    }
    channel.end();
  }
}

/** Room to write again, or the end of the channel: a command need not read all it is given. */
const drained = (channel: ClientChannel): Promise<void> =>
  new Promise(resolve => {
    const go = (): void => {
      channel.off('drain', go).off('close', go);
      resolve();
    };
    channel.on('drain', go).on('close', go);
  });

const timedOut = (about: string, ms: number): FieldError =>
  new FieldError({
    code: 'timed-out',
    says: `A command did not end within ${Math.round(ms / 1000)} s and was stopped.`,
    about,
    untouched: 'What it had done until then stays done.',
    next: 'The node may be overloaded or its disk may be failing. Look at it in the terminal, then try again.',
  });
