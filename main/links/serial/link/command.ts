import { createHash } from 'node:crypto';
import { cancelled, FieldError } from '../../../../preload/contract/failure.ts';
import { AfterMark } from '../../../core/after-mark.ts';
import { Kept } from '../../../core/kept.ts';
import { Secret } from '../../../core/secret.ts';
import { printable } from '../../../core/serial-exec/printable.ts';
import { ending, report } from '../../../core/serial-exec/report.ts';
import type { Report } from '../../../core/serial-exec/report.ts';
import { quoted } from '../../../core/sh.ts';
import type { Clock, ExecOptions, Exit } from '../../../ports.ts';
import { Fetch } from './fetch.ts';
import { feed } from './feed.ts';
import { LineDown } from './line-down.ts';
import { inPieces } from './session.ts';
import type { Answer, AskOptions, Talk } from './talk.ts';

/** What a command needs of its link. */
export interface Road {
  readonly name: string;
  readonly clock: Clock;
  readonly talk: Talk;
  /** Changes when the node's record of runs is a new one: what became of older runs can then not be told any more. */
  readonly epoch: number;
  /** The folder of the runs on the node. */
  readonly folder: string;
  /** False while the line is away, or whoever stands on it was not let in to: nothing may be typed there then. */
  readonly isUp: boolean;
  /** Whether data may travel as it is, all 256 values; found out once, when it first matters. */
  raw(): Promise<boolean>;
  nextRun(): number;
  /** Waits until the line is back and the same node in the same boot answers; throws what ends the link. */
  recover(signal: AbortSignal): Promise<void>;
}

/** How a command is started, apart from its text. */
export interface Start {
  /** Wraps the script, for instance in sudo. */
  wrap(script: string): string;
  /** The password and how sudo asks for it, and what marks the beginning of the command behind it. */
  readonly asking?: { readonly password: Secret; readonly prompt: string; readonly mark: string };
  /** A mark without a question. */
  readonly mark?: string;
  /** Ends what the run's own session does not reach. */
  kill(pid: number): Promise<void>;
}

/** An Exit, and whether the command behind sudo was ever reached. */
export interface Ended extends Exit {
  readonly started: boolean;
  /** What was printed before it started. */
  readonly noise: string;
}

const oneMiB = 1024 * 1024;
/** Most of a stream that lies on the node at once while somebody reads along, times three. */
const windowBytes = 128 * 1024;
/** Linux gives one argument 128 KiB. */
const longest = 120 * 1024;
/** Stdin up to this size travels like a part of the command. */
const shortInput = 300;
/** Output that is told together with the status. */
const inlineBytes = 540;

/**
 * Runs one command on the node: brings it there in checked pieces, has it run once under a number of its own, and
 * fetches what it printed in checked blocks. Whatever is damaged or lost on the way is repeated; the command is not.
 * Stopping and timing out end the command on the node before this throws.
 */
export async function runCommand(
  road: Road,
  text: string,
  start: Start,
  options: ExecOptions,
): Promise<Ended> {
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  if (signal.aborted) throw cancelled('The command');
  const late = lateness(road, options.timeoutMs, stop);
  const running = new Running(road, text, start, { ...options, signal });
  try {
    return await running.run();
  } catch (thrown) {
    if (!(thrown instanceof FieldError) || thrown.failure.code !== 'link-lost') await running.kill();
    if (late.isLate) throw timedOut(road.name, options.timeoutMs ?? 0);
    throw thrown;
  } finally {
    late.clear();
  }
}

function lateness(
  { clock }: Road,
  timeoutMs: number | undefined,
  stop: AbortController,
): { readonly isLate: boolean; clear(): void } {
  const over = new AbortController();
  const state = { isLate: false, clear: () => over.abort() };
  const wait = async (ms: number): Promise<void> => {
    await clock.sleep(ms, over.signal);
    state.isLate = true;
    stop.abort();
  };
  if (timeoutMs !== undefined) wait(timeoutMs).catch(() => undefined);
  return state;
}

class Running {
  readonly #road: Road;
  readonly #text: string;
  readonly #start: Start;
  readonly #options: ExecOptions;
  readonly #id: number;
  readonly #epoch: number;
  readonly #kept: { readonly stdout: Kept; readonly stderr: Kept };
  readonly #marks: { readonly stdout: AfterMark; readonly stderr: AfterMark } | undefined;
  readonly #fetch: { readonly stdout: Fetch; readonly stderr: Fetch };
  /** Undefined until it may have been started. */
  #pid: number | undefined;
  #sent = false;
  /** How much of each stream the last answer could carry. */
  #inline = inlineBytes;

  constructor(road: Road, text: string, start: Start, options: ExecOptions) {
    this.#road = road;
    this.#text = text;
    this.#start = start;
    this.#options = options;
    this.#id = road.nextRun();
    this.#epoch = road.epoch;
    const most = options.keepBytes ?? oneMiB;
    this.#kept = { stdout: new Kept(most), stderr: new Kept(most) };
    const mark = start.asking?.mark ?? start.mark;
    if (mark !== undefined) this.#marks = { stdout: new AfterMark(mark), stderr: new AfterMark(mark) };
    const ask = (body: string | (() => string), more?: AskOptions): Promise<Answer> => this.#ask(body, more);
    const isRaw = (): Promise<boolean> => this.#retried(() => road.raw());
    this.#fetch = {
      stdout: new Fetch(() => road.talk, ask, isRaw, `${this.#id}/o`),
      stderr: new Fetch(() => road.talk, ask, isRaw, `${this.#id}/e`),
    };
  }

  async run(): Promise<Ended> {
    let seen = await this.#begin();
    const feeding = this.#feeding();
    let hasEnded = false;
    try {
      while (!seen.over) {
        await this.#takeAll(seen);
        if (hasEnded && seen.stdout.length + seen.stderr.length === 0) break;
        // Something the command left behind may hold its output open for ever: it gets one more look.
        hasEnded = seen.status !== undefined;
        if (feeding.isOn) await Promise.race([feeding.done, this.#road.clock.sleep(1500)]);
        seen = await this.#look(this.#slice(feeding.isOn, hasEnded));
      }
      await this.#takeAll(seen);
      await this.#takeEnds();
    } finally {
      feeding.stop();
    }
    this.#road.talk.before(`rm -rf "\${w:?}/${this.#id}/"*`);
    return this.#result(seen);
  }

  /** Ends the command, or sees to it that it never starts. */
  async kill(): Promise<void> {
    // A login prompt would take our request for a name.
    if (!this.#sent || !this.#road.isUp) return;
    const { talk } = this.#road;
    const patience = { extraMs: 1500, silentTries: 4 };
    try {
      if (this.#pid === undefined) {
        const seen = report((await talk.ask(`v ${this.#id} 0 0 0 0 1`, patience)).words);
        if (seen?.is === 'known') this.#pid = seen.pid;
      }
      if (this.#pid !== undefined) await this.#start.kill(this.#pid);
      await talk.ask(`K ${this.#id}`, patience);
      talk.before(`rm -rf "\${w:?}/${this.#id}/"*`);
    } catch {
      // The line is gone. The next that uses the link finds out what became of it.
    }
  }

  // ── beginning ──

  async #begin(): Promise<Known> {
    const { stdin, onOutput, keepBytes = oneMiB } = this.#options;
    const own = `trap 'echo $? >${quoted(`${this.#road.folder}/${this.#id}/q`)}' 0\n${this.#text}`;
    const text = this.#start.wrap(own);
    if (text.includes('\0')) throw notSendable('a command cannot hold a NUL byte');
    if (Buffer.byteLength(text) > longest)
      throw notSendable('the command is longer than a node takes in one piece');
    const { asking } = this.#start;
    const window = onOutput ? windowBytes : Math.max(4096, Math.ceil(keepBytes / 2));
    const tail = onOutput ? 0 : Math.max(1, Math.floor(keepBytes / 2));
    const whole = wholeOf(stdin);
    const way = stdin === undefined ? '-' : whole ? 's' : 'b';
    const marks = asking ? `${asking.prompt} ${asking.mark}` : '- -';
    const starting = (): string =>
      `x ${this.#id} ${window} ${tail} ${way} ${marks};${way === 'b' ? '' : `t ${this.#id} 0.5;`}${this.#view()}`;
    while (true) {
      const secrets = await this.#inputs(asking?.password, whole);
      const command = await this.#command(text);
      this.#sent = true;
      const body = (): string =>
        `if ${secrets}${command};then c=$(printf %b "$c";echo .);c=\${c%.};${starting()};else a again;fi`;
      const { words } = await this.#ask(body, { extraMs: 700 });
      if (words === 'again') continue;
      this.#forget(secrets + command);
      return this.#known(words);
    }
  }

  /** Pieces that were brought before, secrets among them, do not stay in the node's memory. */
  #forget(used: string): void {
    const names = [...new Set(used.match(/\$\{[cPS]\d+_\d+\}/g))].map(name => name.slice(2, -1));
    if (names.length > 0) this.#road.talk.before(`unset ${names.join(' ')}`);
  }

  /** What puts the coded command into `c` and is true when it is the right one: nothing else is ever started. */
  async #command(text: string): Promise<string> {
    const coded = printable(text);
    const { talk } = this.#road;
    if (coded.length <= talk.piece.now) return `c='${coded}'`;
    const word = await this.#retried(() => inPieces(talk, `c${this.#id}_`, text, this.#options.signal));
    const hash = createHash('sha256').update(coded).digest('hex').slice(0, 32);
    return `c=${word};h=$(printf %s "$c"|sha256sum);[ "\${h%"\${h#${'?'.repeat(32)}}"}" = ${hash} ]`;
  }

  /** What puts password and stdin into `P` and `S` and is true when they are there. */
  async #inputs(password: Secret | undefined, stdin: Uint8Array | Secret | undefined): Promise<string> {
    let set = '';
    for (const [name, input] of [
      ['P', password],
      ['S', stdin],
    ] as const) {
      if (!input) continue;
      const isSecret = input instanceof Secret;
      const content = isSecret ? input.reveal() : input;
      const coded = printable(content);
      const { signal } = this.#options;
      // What is short goes with the command; a secret does not, for what receives must not be recorded then.
      const word =
        coded.length <= shortInput && !isSecret
          ? `'${coded}'`
          : await this.#retried(() =>
              inPieces(this.#road.talk, `${name}${this.#id}_`, content, signal, isSecret),
            );
      set += `${name}=${word};[ \${#${name}} = ${coded.length} ]&&`;
    }
    return set;
  }

  #known(words: string): Known {
    const seen = report(words);
    if (seen?.is !== 'known') throw unknownEnd(this.#road.name);
    this.#pid = seen.pid ?? this.#pid;
    return seen;
  }

  // ── while it runs ──

  /** Status, and as much of the output as a line of this quality carries at once. */
  #view(): string {
    const { stdout, stderr } = this.#fetch;
    this.#inline = Math.floor(Math.min(inlineBytes, this.#road.talk.piece.now * 0.6));
    return `v ${this.#id} ${stdout.place} ${stderr.place} ${this.#inline}`;
  }

  async #look(seconds: number): Promise<Known> {
    const { words } = await this.#ask(() => `t ${this.#id} ${seconds};${this.#view()}`, {
      extraMs: seconds * 1000 + 100,
    });
    return this.#known(words);
  }

  #slice(isFeeding: boolean, hasEnded: boolean): number {
    if (hasEnded) return 0.3;
    if (isFeeding || this.#road.talk.waiting > 0) return 0.05;
    return this.#options.onOutput ? 0.3 : 1;
  }

  async #takeAll(seen: Known): Promise<void> {
    await this.#take('stdout', seen.stdout);
    await this.#take('stderr', seen.stderr);
    for (const name of ['stdout', 'stderr'] as const)
      if (seen[name].length >= this.#inline || this.#fetch[name].inWindow >= windowBytes)
        await this.#fetch[name].rest(bytes => this.#pass(name, bytes), this.#options.signal);
  }

  async #take(name: 'stdout' | 'stderr', bytes: Uint8Array): Promise<void> {
    this.#fetch[name].told(bytes.length);
    await this.#pass(name, bytes);
  }

  async #pass(name: 'stdout' | 'stderr', bytes: Uint8Array): Promise<void> {
    const own = this.#marks ? this.#marks[name].take(bytes) : bytes;
    if (this.#marks?.stdout.pid !== undefined) this.#pid = this.#marks.stdout.pid;
    if (own.length === 0) return;
    this.#kept[name].take(own);
    await this.#options.onOutput?.(name, own);
  }

  /** What came behind the first window of a stream nobody read along: its end, and how much was dropped before it. */
  async #takeEnds(): Promise<void> {
    if (this.#options.onOutput) return;
    const least = Math.max(4096, Math.ceil((this.#options.keepBytes ?? oneMiB) / 2));
    if (this.#fetch.stdout.bytes < least && this.#fetch.stderr.bytes < least) return;
    const { words } = await this.#ask(`m ${this.#id}`);
    const [out = 0, err = 0] = words.split(' ').map(Number);
    for (const [name, more] of [
      ['stdout', out],
      ['stderr', err],
    ] as const) {
      if (more === 0) continue;
      let came = 0;
      const ends: Uint8Array[] = [];
      await this.#fetch[name].end(
        bytes => void ((came += bytes.length), ends.push(bytes)),
        this.#options.signal,
      );
      this.#kept[name].skip(more - came);
      for (const bytes of ends) this.#kept[name].take(bytes);
    }
  }

  #feeding(): { readonly isOn: boolean; readonly done: Promise<void>; stop(): void } {
    const { stdin } = this.#options;
    if (stdin === undefined || stdin instanceof Secret || wholeOf(stdin))
      return { isOn: false, done: Promise.resolve(), stop: () => undefined };
    const stop = new AbortController();
    const state = { isOn: true, done: Promise.resolve(), stop: () => stop.abort() };
    const signal = AbortSignal.any([this.#options.signal, stop.signal]);
    state.done = feed(this.#road, this.#id, stdin, work => this.#retried(work), signal).finally(
      () => (state.isOn = false),
    );
    // Heard of where it is waited for; a command that has ended is not fed any more.
    state.done.catch(() => undefined);
    return state;
  }

  #result(seen: Known): Ended {
    const { stdout, stderr } = this.#kept;
    const started = !this.#marks || this.#marks.stdout.found;
    return {
      ...ending(seen.status ?? 0, seen.own),
      stdout: stdout.text(),
      stderr: stderr.text(),
      truncated: stdout.truncated || stderr.truncated,
      started,
      noise: started ? '' : `${this.#marks?.stdout.noise ?? ''}${this.#marks?.stderr.noise ?? ''}`.trim(),
    };
  }

  // ── the line ──

  #ask(body: string | (() => string), options: AskOptions = {}): Promise<Answer> {
    return this.#retried(() => this.#road.talk.ask(body, { signal: this.#options.signal, ...options }));
  }

  /** Goes on after the line was away, as long as the node still has its record of this run. */
  async #retried<T>(work: () => Promise<T>): Promise<T> {
    while (true) {
      try {
        return await work();
      } catch (thrown) {
        if (!(thrown instanceof LineDown)) throw thrown;
        await this.#road.recover(this.#options.signal);
        if (this.#sent && this.#road.epoch !== this.#epoch) throw unknownEnd(this.#road.name);
      }
    }
  }
}

/** Stdin that the command finds complete: a secret, and what is short. */
const wholeOf = (stdin: ExecOptions['stdin']): Uint8Array | Secret | undefined =>
  stdin instanceof Secret || (stdin instanceof Uint8Array && stdin.length <= shortInput) ? stdin : undefined;

type Known = Report & { readonly is: 'known' };

const notSendable = (why: string): FieldError =>
  new FieldError({
    code: 'could-not',
    says: `A command cannot be sent: ${why}.`,
    untouched: 'The command was not started.',
  });

const unknownEnd = (about: string): FieldError =>
  new FieldError({
    code: 'link-lost',
    says: 'The node has lost its record of a running command, so it cannot be told whether it ended.',
    about,
    untouched: 'The command was not sent a second time.',
    next: 'Open the link again: what the command was to change is looked up on the node first.',
  });

const timedOut = (about: string, ms: number): FieldError =>
  new FieldError({
    code: 'timed-out',
    says: `A command did not end within ${Math.round(ms / 1000)} s and was stopped.`,
    about,
    untouched: 'What it had done until then stays done.',
    next: 'The node may be overloaded or its disk may be failing. Look at it in the terminal, then try again.',
  });
