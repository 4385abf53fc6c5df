import type { Cred } from '../disk/nodes.ts';
import type { Process } from '../processes.ts';
import type { Station } from '../station.ts';
import type { Session } from './shell.ts';
import type { Stream } from './streams.ts';

/** Everything a started program inherits. */
export interface Context {
  readonly station: Station;
  readonly session: Session;
  readonly process: Process;
  readonly who: Cred;
  readonly cwd: string;
  readonly umask: number;
  readonly env: ReadonlyMap<string, string>;
  readonly fds: ReadonlyMap<number, Stream>;
  /** The program takes the place of the process that starts it, as `exec` does. */
  readonly inPlace?: boolean;
}

/** One run of a program of the station. */
export interface Call extends Context {
  /** The name it was called by, without folders. */
  readonly name: string;
  readonly args: readonly string[];
  readonly stdin: Stream;
  readonly stdout: Stream;
  readonly stderr: Stream;
  path(given: string): string;
  out(value: string | Uint8Array): Promise<void>;
  err(value: string | Uint8Array): Promise<void>;
  /** Starts another program in the same context, changed where asked; gives its exit status. */
  run(argv: readonly string[], change?: Partial<Context>): Promise<number>;
  /** Standard input to its end. */
  readAll(): Promise<Uint8Array>;
}

/** A program of the pretended node; gives its exit status. A thrown DiskError is printed with the program's name. */
export type Program = (call: Call) => Promise<number> | number;
export type Programs = Readonly<Record<string, Program>>;
