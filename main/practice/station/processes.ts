import { Killed } from './shell/streams.ts';

/** One running shell, job or daemon of the node. */
export interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly uid: number;
  /** What `ps` shows. */
  command: string;
  readonly startedAt: number;
  readonly signal: AbortSignal;
  readonly control: AbortController;
  /** Settles with the exit status; never rejects. */
  done: Promise<number>;
  /** A session's end does not end it (`nohup`, `setsid`). */
  detached: boolean;
  /** Started with `&`. */
  readonly job: boolean;
  readonly session: string;
  /** Process group; a signal to its negative reaches all of it. */
  group: number;
  /** Signals it does not listen to (`trap ''`). */
  readonly ignored: Set<string>;
  /** Signals it has a trap for: they wait until the command that runs has ended. */
  readonly caught: Set<string>;
  readonly pending: string[];
  /** What a shell shows of it as a job, and under which number. */
  title: string;
  jobNumber?: number;
  /** Exit status of a job that ended. */
  ended?: number;
}

/** Passes a signal on to a child. */
function follow(parent: AbortSignal, child: AbortController): void {
  if (parent.aborted) child.abort(parent.reason);
  else
    parent.addEventListener('abort', () => child.abort(parent.reason), { once: true, signal: child.signal });
}

/** The process table. */
export class Processes {
  readonly #all = new Map<number, Process>();
  readonly #now: () => number;
  /** Told of every process that comes and goes. */
  onStart: (process: Process) => void = () => undefined;
  onEnd: (process: Process) => void = () => undefined;
  #next = 700;

  constructor(now: () => number) {
    this.#now = now;
  }

  start(of: {
    parent: number;
    uid: number;
    command: string;
    session: string;
    detached?: boolean;
    job?: boolean;
    follows?: AbortSignal;
    /** Of its parent where it is not given. */
    group?: number | 'own';
  }): Process {
    const control = new AbortController();
    const { follows, group, ...rest } = of;
    if (follows) follow(follows, control);
    this.#next += 1 + (this.#next % 3);
    const process: Process = {
      pid: this.#next,
      startedAt: this.#now(),
      control,
      signal: control.signal,
      done: Promise.resolve(0),
      detached: false,
      job: false,
      ignored: new Set(this.#all.get(of.parent)?.ignored),
      caught: new Set(),
      pending: [],
      title: of.command,
      group: group === 'own' ? this.#next : (group ?? this.#all.get(of.parent)?.group ?? this.#next),
      ...rest,
    };
    this.#all.set(process.pid, process);
    this.onStart(process);
    return process;
  }

  ended(process: Process): void {
    if (this.#all.delete(process.pid)) this.onEnd(process);
  }
  list(): Process[] {
    return [...this.#all.values()];
  }
  find(pid: number): Process | undefined {
    return this.#all.get(pid);
  }

  /** `kill`: to one process, or to a group by its negative. Signal `none` only asks. */
  signal(target: number, name: string, uid: number): 'sent' | 'not there' | 'not allowed' {
    const hit = this.list().filter(each => (target < 0 ? each.group === -target : each.pid === target));
    if (hit.length === 0) return 'not there';
    const mine = hit.filter(each => uid === 0 || each.uid === uid);
    if (mine.length === 0) return 'not allowed';
    for (const process of mine) this.#send(process, name);
    return 'sent';
  }

  #send(process: Process, name: string): void {
    if (name === 'none' || name === 'CHLD' || name === 'WINCH' || process.ignored.has(name)) return;
    if (name === 'STOP' || name === 'TSTP') this.stop(process.group);
    else if (name === 'CONT') this.#goOn(process.group);
    else if (process.caught.has(name) && name !== 'KILL') {
      process.pending.push(name);
      for (const wake of this.#traps.splice(0)) wake();
    } else {
      this.#goOn(process.group);
      process.control.abort(new Killed(name));
    }
  }

  readonly #traps: (() => void)[] = [];
  /** Settles when some process has a trap to run. */
  trapped(): Promise<void> {
    return new Promise(resolve => this.#traps.push(resolve));
  }

  readonly #stopped = new Map<number, () => void>();
  readonly #waits = new Map<number, Promise<void>>();
  /** Stops a group: it neither reads nor writes a terminal until it is told to go on. */
  stop(group: number): void {
    if (this.#waits.has(group)) return;
    this.#waits.set(group, new Promise(resolve => this.#stopped.set(group, resolve)));
  }
  #goOn(group: number): void {
    this.#stopped.get(group)?.();
    this.#stopped.delete(group);
    this.#waits.delete(group);
  }
  isStopped(process: Process): boolean {
    return this.#waits.has(process.group);
  }
  /** What a process with this signal must wait for before it may touch its terminal. */
  gate(signal: AbortSignal): Promise<void> | undefined {
    if (this.#waits.size === 0) return undefined;
    const process = this.list().find(each => each.signal === signal);
    return process && this.#waits.get(process.group);
  }

  /** A session ended: what it started and did not detach gets SIGHUP. */
  hangUp(session: string): void {
    for (const process of this.list())
      if (process.session === session && !process.detached) process.control.abort(new Killed('HUP'));
  }
  killAll(): void {
    for (const process of this.list()) process.control.abort(new Killed('KILL'));
  }
}

export const signals: Readonly<Record<string, number>> = {
  HUP: 1,
  INT: 2,
  QUIT: 3,
  ILL: 4,
  TRAP: 5,
  ABRT: 6,
  BUS: 7,
  FPE: 8,
  KILL: 9,
  USR1: 10,
  SEGV: 11,
  USR2: 12,
  PIPE: 13,
  ALRM: 14,
  TERM: 15,
  CHLD: 17,
  CONT: 18,
  STOP: 19,
  TSTP: 20,
  WINCH: 28,
};

export const signalStatus = (signal: string): number => 128 + (signals[signal] ?? 15);
