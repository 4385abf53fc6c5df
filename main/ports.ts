import type { Inside } from './core/runbook/restore/workloads.ts';
import type { Progress, ReadBack, SnapshotStatus, Stick } from '../preload/contract/domain.ts';
import type { Failure } from '../preload/contract/failure.ts';
import type {
  BlackBox,
  BlackBoxFind,
  BlackBoxPage,
  ConsoleDeed,
  ConsoleState,
  Detected,
  LineCan,
  LineSettings,
  SerialPort,
} from '../preload/contract/serial.ts';
import type { Exercise, ExerciseName, ExerciseResult } from '../preload/contract/exercises.ts';
import type {
  SnapshotContents,
  SnapshotDiff,
  SnapshotObjectText,
  SnapshotObjects,
} from '../preload/contract/snapshots/look.ts';
import type { Ejected } from '../preload/contract/supply/sticks.ts';
import type { Wire } from '../preload/contract/scan.ts';
import type { MetricsAnswer, MetricsExported, MetricsHeld, MetricsJob } from '../preload/contract/metrics.ts';
import type { Supply } from './core/battery.ts';
import type { ArchivedImage } from './core/image-archive.ts';
import type { SeriesAsk } from './core/metrics/ask.ts';
import type { Announced, Knocked, Neighbour } from './core/lan/sighting.ts';
import type { ExpositionFaults } from './core/metrics/exposition.ts';
import type { MetricsTarget } from './core/metrics/scraped.ts';
import type { Secret } from './core/secret.ts';
import type { Sh } from './core/sh.ts';
import type { MeasuredSnapshot } from './core/snapshot-proof/measured.ts';
import type { Wanted } from './core/snapshot-look/find.ts';
import type { SiteImages } from './core/snapshot-look/used-images.ts';
import type { Reach } from './core/wan/exposition.ts';

/** What a service may use of the outside world. Production gives real parts, the practice station pretended nodes. */
export interface Ports {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly links: Links;
  readonly consoles: Consoles;
  readonly blackBoxes: BlackBoxes;
  readonly files: Files;
  readonly sticks: Sticks;
  readonly work: Work;
  readonly awake: Awake;
  readonly power: Power;
  readonly metrics: MetricsBox;
  /** Absent where nothing is sent anywhere. */
  readonly uploads?: Uploads | undefined;
  /** Asks whether something beyond the site answers this laptop. Absent where it never asks. */
  readonly reach?: Reach | undefined;
  readonly senses: NetworkSenses;
}

export interface Clock {
  now(): Date;
  /** Milliseconds since some fixed moment; never jumps back. */
  monotonic(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Chance {
  bytes(n: number): Uint8Array;
  uuid(): string;
}

/** The exercises of the practice station. Each failure names what to do instead. */
export interface Exercises {
  list(): readonly Exercise[];
  /** Breaks the practice node; the node as it was is kept for `leave`. Throws `no-such-thing`. */
  begin(exercise: ExerciseName): Promise<Exercise>;
  /** Shows one hint more of the exercise that was begun. Throws `bad-ask` when none was. */
  hint(): Exercise;
  /** Measures on the node whether it is cured and nothing was lost. */
  check(): Promise<ExerciseResult>;
  /** Gives back the node as it was before the first exercise. */
  leave(): Promise<void>;
}

export type OnProgress = (progress: Progress) => void;

// ── links ──────────────────────────────────────────────────────────────────────────────────────

/** How to reach and log in to one node. */
export interface Target {
  /** Address, or a `Host` of ~/.ssh/config. */
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly login:
    | { readonly is: 'auto' }
    | { readonly is: 'agent' }
    | { readonly is: 'key'; readonly path: string }
    | { readonly is: 'password' };
  /** Name used in failures. */
  readonly name: string;
  /** Set when the node is to be reached by its serial console; `address` and `port` are not used then. */
  readonly cable?: {
    readonly port: string;
    readonly settings?: LineSettings;
    /** The technician said that passwords may go over `tcp://` and `rfc2217://`, where others may read them. */
    readonly passwordsInTheClear?: boolean;
  };
  /** Secrets by kind; asked for only when the server wants them. */
  secret(kind: 'password' | 'passphrase' | 'sudo' | 'root'): Secret | undefined;
}

/** Identity read when a link opens; compared after every reconnect (another machine-id stops the run). */
export interface WhoIsThere {
  readonly hostname: string;
  readonly machineId: string;
  readonly bootId: string;
}

export interface Links {
  /**
   * Opens a link. Throws `host-key-unknown` (facts: fingerprint, keyType, host, port), `host-key-changed`,
   * `host-key-revoked`, `unreachable`, `login-refused`, `password-needed`, `passphrase-needed`.
   */
  open(target: Target, signal: AbortSignal): Promise<Link>;
  /** Pins the host key offered last by this target, if its fingerprint (`SHA256:…`) is the one given. */
  trust(target: Target, fingerprint: string, signal: AbortSignal): Promise<void>;
  /**
   * Reads the node's SSH host keys over an open cable and pins them for the target's address; gives their fingerprints.
   * Throws `refused` when the cable is a network (`tcp://`, RFC 2217), `host-key-changed` when another key is pinned.
   */
  trustByCable(target: Target, cable: Link, signal: AbortSignal): Promise<readonly string[]>;
}

export interface Exit {
  /** Exit status; null when a signal ended the command. A lost link throws `link-lost`, it never is an Exit. */
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  /** True when more than `keepBytes` came and the middle was dropped from `stdout` or `stderr`. */
  readonly truncated: boolean;
}

export interface ExecOptions {
  readonly signal: AbortSignal;
  /** `root` goes through sudo as `safety` demands; default `login`. */
  readonly as?: 'login' | 'root';
  readonly stdin?: Uint8Array | Secret | AsyncIterable<Uint8Array>;
  readonly timeoutMs?: number;
  /** Sees output as it comes. A returned promise holds the stream back until it settles. */
  readonly onOutput?: (stream: 'stdout' | 'stderr', bytes: Uint8Array) => void | Promise<void>;
  /** How much of each stream is kept in the Exit; default 1 MiB. */
  readonly keepBytes?: number;
}

export interface FileStat {
  readonly kind: 'file' | 'folder' | 'other';
  readonly bytes: number;
  /** Permission bits, e.g. 0o600. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970. */
  readonly modified: number;
}

export interface WriteOptions {
  readonly signal: AbortSignal;
  readonly mode: number;
  /** `user:group`; default the writing user. */
  readonly owner?: string;
  readonly as?: 'login' | 'root';
}

export interface TransferOptions {
  readonly signal: AbortSignal;
  readonly as?: 'login' | 'root';
  readonly onProgress?: OnProgress;
  /** SHA-256 the content must have; checked on both ends. */
  readonly sha256?: string;
}

export interface Transferred {
  readonly bytes: number;
  readonly sha256: string;
  /** Byte at which an earlier, broken transfer was taken up again; 0 for a fresh one. */
  readonly resumedAt: number;
}

/** A server on the node itself. */
export interface NodeAddress {
  readonly port: number;
  readonly path: string;
  /** With TLS: whose certificates are believed, and ours. All PEM. */
  readonly tls?: { readonly ca: string; readonly cert?: string; readonly key?: Secret };
}
export interface Got {
  readonly status: number;
  readonly body: Uint8Array;
}

/** An open connection to a node. SSH and serial give the same. */
export interface Link {
  readonly kind: 'ssh' | 'serial';
  readonly who: WhoIsThere;
  /** `SHA256:…` of the host key that was accepted; absent on a cable. */
  readonly hostKey?: string;
  /** The settings of the line it goes over; absent over SSH. */
  readonly line?: LineSettings;
  exec(command: Sh, options: ExecOptions): Promise<Exit>;
  shell(size: { readonly cols: number; readonly rows: number }, signal: AbortSignal): Promise<Shell>;
  stat(
    path: string,
    options: { readonly signal: AbortSignal; readonly as?: 'login' | 'root' },
  ): Promise<FileStat | undefined>;
  readFile(
    path: string,
    options: { readonly signal: AbortSignal; readonly as?: 'login' | 'root'; readonly mostBytes?: number },
  ): Promise<Uint8Array>;
  /** Atomic: temporary name beside it, fsync, mode and owner, rename. */
  writeFile(path: string, content: Uint8Array | Secret, options: WriteOptions): Promise<void>;
  /** Resumable at the byte; ends with the file complete under `path` and its SHA-256 equal on both ends. */
  upload(
    from: Source,
    path: string,
    options: TransferOptions & { readonly mode: number; readonly owner?: string },
  ): Promise<Transferred>;
  /** Resumable: continues at the end of what `to` already holds. */
  download(path: string, to: Sink, options: TransferOptions): Promise<Transferred>;
  /**
   * Asks a server that listens on the node itself (127.0.0.1) over HTTP, through the connection. Absent on a cable. Throws
   * `refused` where the node forbids it, `unreachable` when nobody listens, `timed-out`, `could-not`.
   */
  get?(
    address: NodeAddress,
    options: { readonly signal: AbortSignal; readonly timeoutMs: number; readonly mostBytes: number },
  ): Promise<Got>;
  /** Which right commands with `as: 'root'` use. Throws `sudo-password-needed` or `sudo-refused`. */
  sudo(signal: AbortSignal): Promise<'root' | 'passwordless' | 'password' | 'none'>;
  readonly lost: Promise<void>;
  close(): Promise<void>;
}

/** An interactive terminal on the node. Reading is pull-based: not pulling pauses the node's side. */
export interface Shell extends AsyncIterable<Uint8Array> {
  send(bytes: Uint8Array): void;
  resize(size: { readonly cols: number; readonly rows: number }): void;
  close(): Promise<void>;
}

// ── serial ─────────────────────────────────────────────────────────────────────────────────────

/** An open serial line: bytes both ways, nothing understood. */
export interface Line {
  /** As in `SerialPort.port`. */
  readonly port: string;
  readonly settings: LineSettings;
  readonly can: LineCan;
  /** Settles when the bytes have left for the far side, as far as the system tells. Throws `gone-away`. */
  send(bytes: Uint8Array): Promise<void>;
  /** Every byte from now on, as it comes; several may listen. Gives what stops it. A line is always read. */
  hear(listener: (bytes: Uint8Array) => void): () => void;
  /** Changes settings on the open line (opening again would raise DTR and RTS). Ignored where `can.speed` is false. */
  set(settings: LineSettings): Promise<void>;
  /** Throws `could-not` where the port has no control lines. */
  raise(lines: { readonly dtr?: boolean; readonly rts?: boolean }): Promise<void>;
  /** Holds the line low for so many milliseconds. Throws `could-not` where the port cannot. */
  sendBreak(ms: number): Promise<void>;
  /** Settles with why when the port went away (adapter pulled, far side closed), or when it was closed. */
  readonly lost: Promise<string>;
  close(): Promise<void>;
}

/** The serial ports of this laptop, and sockets that count as such. */
export interface SerialPorts {
  /** Plugged-in ports, and sockets that were opened before. */
  list(): Promise<readonly SerialPort[]>;
  /** Throws `no-such-thing`, `busy` facts in `held-elsewhere`, `not-writable` without permission, `unreachable`. */
  open(port: string, settings: LineSettings, signal: AbortSignal): Promise<Line>;
}

export type ConsoleEvent =
  | { readonly is: 'bytes'; readonly bytes: Uint8Array }
  | { readonly is: 'state'; readonly state: ConsoleState }
  | { readonly is: 'settings'; readonly settings: LineSettings }
  | { readonly is: 'driven'; readonly by?: string }
  | { readonly is: 'note'; readonly says: string };

/**
 * One serial port in use, however many look at it: what stands on it, who drives it, and its black box. It outlives a
 * pulled adapter: the port is opened again by its stable identity as soon as it is back.
 */
export interface Console {
  readonly port: string;
  readonly settings: LineSettings;
  readonly can: LineCan;
  readonly state: ConsoleState;
  /** Who drives it now; absent: the technician may type. */
  readonly driver: string | undefined;
  watch(listener: (event: ConsoleEvent) => void): () => void;
  /** The technician's typing. Throws `held-elsewhere` while somebody drives. */
  type(bytes: Uint8Array): Promise<void>;
  /**
   * Takes the line for a program: nobody else's bytes go out until `release`. `who` is shown. Throws `held-elsewhere`
   * at once while somebody drives; `signal` only keeps it from being taken, so that a stopped program can still tidy up.
   */
  hold(who: string, signal: AbortSignal): Promise<HeldLine>;
  /** Does one thing that makes sense on a console. `sysrq` gives the letter. Throws `refused` when it makes none. */
  act(
    deed: ConsoleDeed,
    options: {
      readonly signal: AbortSignal;
      readonly login?: ConsoleLogin;
      readonly sysrq?: string;
    },
  ): Promise<void>;
  set(settings: LineSettings): Promise<void>;
  /** Settles when it was closed for good; a pulled adapter does not close it. */
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

export interface ConsoleLogin {
  readonly user: string;
  /** Asked only when the console asks. */
  secret(kind: 'password' | 'sudo' | 'root'): Secret | undefined;
  /** Name used in failures. */
  readonly name: string;
}

/** The line in the hands of one program. */
export interface HeldLine {
  /** A Secret pauses the black box until `quiet` milliseconds after it was sent. Throws `link-lost` while unplugged. */
  send(bytes: Uint8Array | Secret): Promise<void>;
  hear(listener: (bytes: Uint8Array) => void): () => void;
  /** Settles when the adapter is pulled or the socket closes; a new promise after it is back. */
  readonly lost: Promise<void>;
  /** Waits until the port is back after it was lost. */
  back(signal: AbortSignal): Promise<void>;
  /**
   * Logs in (or finds the shell that is open) and gives what it found. Throws `login-refused`, `password-needed`,
   * `unreachable` (silence, panic, boot loader: the state says which), `held-elsewhere` (somebody else types),
   * `link-lost`, `timed-out`. Stopped, it takes away what it typed.
   */
  logIn(
    login: ConsoleLogin,
    signal: AbortSignal,
  ): Promise<{ readonly root: boolean; readonly wasOpen: boolean }>;
  /** Tells the state machine what is known from the inside: a command of ours runs, or our shell's prompt stands. */
  tell(state: 'running' | 'shell'): void;
  release(): void;
}

/** The consoles in use, one for each port, shared by the technician, the doctor and the runs. */
export interface Consoles {
  ports(): Promise<readonly SerialPort[]>;
  /** Opens a port, or joins the console that is open on it. `detect` finds the speed first. */
  open(port: string, settings: LineSettings | 'detect', signal: AbortSignal): Promise<Console>;
  /** Finds the speed. Throws as `SerialPorts.open`, and `held-elsewhere` while a run drives that console. */
  detect(
    port: string,
    options: { readonly signal: AbortSignal; readonly onProgress?: OnProgress },
  ): Promise<Detected>;
  close(): Promise<void>;
}

/** Where received bytes of consoles are kept: always on, bounded, sealed at rest, searchable. */
export interface BlackBoxes {
  /** One writer for each port. What it is given is on the disk within a second. */
  writer(port: string): BlackBoxWriter;
  list(): Promise<readonly BlackBox[]>;
  /** Lines from `offset` on (default the beginning), or with `back` those before it (default the end). Throws `vault-locked`. */
  read(
    port: string,
    wanted: { readonly offset?: number; readonly back?: boolean; readonly mostLines: number },
  ): Promise<BlackBoxPage>;
  /** Newest first, at most 500; in all ports when none is named. Throws `vault-locked`. */
  search(
    wanted: { readonly port?: string; readonly text: string },
    signal: AbortSignal,
  ): Promise<readonly BlackBoxFind[]>;
}
export interface BlackBoxWriter {
  take(bytes: Uint8Array, at: Date): void;
  /** A sentence between the bytes: plugged in, pulled, speed changed, not recorded while a secret was typed. */
  note(says: string, at: Date): void;
  close(): Promise<void>;
}

// ── this laptop ────────────────────────────────────────────────────────────────────────────────

/** Reads `length` bytes at `offset`; fewer only at the end. */
export type ReadAt = (offset: number, length: number) => Promise<Uint8Array>;

export interface Source {
  readonly bytes: number;
  readonly read: ReadAt;
}

/** A file being written in order, which may already hold a beginning. */
export interface Sink {
  /** Bytes already there. */
  readonly held: number;
  /** Reads back what is already there (to hash it). */
  readonly read: ReadAt;
  append(bytes: Uint8Array): Promise<void>;
  truncate(bytes: number): Promise<void>;
}

/** An open local file; whoever opened it closes it. */
export interface LocalFile extends Source, Sink {
  /** fsync of the file. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface LocalStat {
  readonly kind: 'file' | 'folder' | 'link' | 'other';
  readonly bytes: number;
  readonly modifiedMs: number;
}

export interface Files {
  open(path: string, how: 'read' | 'append'): Promise<LocalFile>;
  stat(path: string): Promise<LocalStat | undefined>;
  /** The path with every link on the way resolved. Throws `no-such-thing` when nothing is there. */
  real(path: string): Promise<string>;
  list(path: string): Promise<readonly { readonly name: string; readonly stat: LocalStat }[]>;
  read(path: string, mostBytes: number): Promise<Uint8Array>;
  /** Temporary name beside it, mode, fsync of file and folder, rename. Default mode 0600. */
  write(path: string, content: Uint8Array | string, mode?: number): Promise<void>;
  makeFolder(path: string): Promise<void>;
  /** Rename on one file system, then fsync of both folders. */
  move(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  syncFolder(path: string): Promise<void>;
  /** Free bytes for us and whether it can be written, of the file system that holds `path`. */
  space(path: string): Promise<{
    readonly free: number;
    readonly bytes: number;
    readonly fileSystem: string;
    readonly readOnly: boolean;
  }>;
}

export interface Sticks {
  list(): Promise<readonly Stick[]>;
  /**
   * Something that reads otherwise once a drive was plugged in, pulled or mounted. Asks no drive and starts no program, so
   * it may be asked every second.
   */
  glance(): Promise<string>;
  /** Flushes, unmounts and powers off. Throws `refused` for what is no mounted drive. */
  eject(path: string): Promise<Ejected>;
}

/** The metrics of one site on this laptop's disk. `site` is its folder in the home. */
export interface MetricsBox {
  /** Stores a scrape; it is on the disk when this settles. Throws `disk-full`, `not-writable`. */
  append(
    site: string,
    scrape: KeptScrape,
    signal: AbortSignal,
  ): Promise<{
    readonly samples: number;
    readonly faults: ExpositionFaults;
    /** By how much the clock went back since the scrape before. */
    readonly jumpedBackMs: number;
  }>;
  /** Several questions in one reading. Throws `bad-ask`. */
  query(site: string, asks: readonly SeriesAsk[], signal: AbortSignal): Promise<readonly MetricsAnswer[]>;
  search(
    site: string,
    wanted: { readonly words: readonly string[]; readonly most: number },
    signal: AbortSignal,
  ): Promise<readonly { readonly metric: string; readonly job: MetricsJob; readonly series: number }[]>;
  held(site: string, signal: AbortSignal): Promise<MetricsHeld>;
  /** As OpenMetrics text; progress counts its bytes. */
  export(
    site: string,
    ask: MetricsExportAsk,
    options: { readonly signal: AbortSignal; readonly onProgress?: (doneBytes: number) => void },
  ): Promise<MetricsExported>;
  /** Drops whole UTC days. */
  drop(site: string, days: readonly string[]): Promise<void>;
  /** Closes what is open for writing. */
  close(): Promise<void>;
}
export interface KeptScrape {
  readonly target: MetricsTarget;
  /** Id of the node. */
  readonly node: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly text: Uint8Array;
  readonly keep: 'list' | 'all';
  /** The laptop's clock cannot be right. */
  readonly doubtful: boolean;
}
export interface MetricsExportAsk {
  /** Milliseconds since 1970, both included. */
  readonly from: number;
  readonly to: number;
  /** A file for all of it, or a folder for one file a day. */
  readonly out: { readonly file: string } | { readonly folder: string };
  readonly write: 'text' | 'packed' | 'both';
  /** Put on every series. */
  readonly labels: Readonly<Record<string, string>>;
}

/** Keeps this laptop from falling asleep while something goes on. Best effort: it never throws, and never fails a run. */
export interface Awake {
  /** `why` is shown by the system to whoever asks; it names nothing of a site. */
  hold(why: string): { close(): void };
}

/** What this laptop is fed by; empty where nothing is known. */
export interface Power {
  supplies(): Promise<readonly Supply[]>;
}

/** Sends files to a store over HTTP. */
export interface Uploads {
  /** Throws `unreachable`, `timed-out`; an answer of any status comes back, its text cut to what a person would read. */
  send(
    method: 'PUT' | 'POST',
    url: string,
    headers: Readonly<Record<string, string>>,
    from: { readonly path: string; readonly bytes: number } | { readonly content: Uint8Array },
    signal: AbortSignal,
  ): Promise<{ readonly status: number; readonly text: string }>;
}

/** How a snapshot is looked into: `scratch` is a folder for what does not fit into memory. */
/** What was measured on a K3s database on SQLite. Holds no secret. */
export interface MeasuredKine {
  /** `state.db`, and `state.db-wal` where it lies beside. */
  readonly files: readonly {
    readonly name: string;
    readonly path: string;
    readonly bytes: number;
    readonly sha256: string;
  }[];
  /** Which of the tokens opens it, counted from 0. */
  readonly opens?: number;
  /** Why none does. */
  readonly locked?: string;
  readonly inside: Inside & { readonly k3sVersion: string };
}

export interface LookOptions {
  readonly scratch: string;
  /** Look into a damaged one as far as it can be read. */
  readonly evenIfDamaged?: boolean | undefined;
  readonly signal: AbortSignal;
  readonly onProgress?: (doneBytes: number) => void;
}

export interface SnapshotLook {
  contents(path: string, options: LookOptions): Promise<Omit<SnapshotContents, 'path'>>;
  objects(
    path: string,
    wanted: Wanted & { readonly offset: number; readonly most: number },
    options: LookOptions,
  ): Promise<SnapshotObjects>;
  /** Throws `no-such-thing`; `refused` for a key that is no object of Kubernetes. */
  object(
    path: string,
    wanted: { readonly key: string; readonly managedFields: boolean },
    options: LookOptions,
  ): Promise<SnapshotObjectText>;
  images(path: string, options: LookOptions): Promise<SiteImages>;
}

/** Heavy work off the main thread. Each is a worker entry of its own in `vite.config.ts`. */
export interface Work {
  /** SHA-256 (and SHA-512 where asked) of local files, several at once; in the order asked. */
  hash(
    paths: readonly string[],
    options: {
      readonly signal: AbortSignal;
      readonly sha512?: boolean;
      readonly onProgress?: (doneBytes: number) => void;
    },
  ): Promise<readonly { readonly bytes: number; readonly sha256: string; readonly sha512?: string }[]>;
  /** Compares the SHA-256 trailer of an etcd snapshot with its content; of a zipped one, inside the zip. */
  trailer(
    path: string,
    signal: AbortSignal,
  ): Promise<{
    readonly trailer: 'holds' | 'broken' | 'missing';
    readonly sha256: string;
    readonly bytes: number;
    readonly zipped: boolean;
  }>;
  /**
   * The numbers of `etcdutl snapshot status`, from a walk over every page. `scratch` is a folder for what does not fit
   * into memory. Throws `check-failed` when the file is damaged or no snapshot.
   */
  snapshotStatus(
    path: string,
    options: {
      readonly scratch: string;
      readonly rule?: SnapshotStatus['rule'] | undefined;
      readonly signal: AbortSignal;
      /** `total` is 0 until it is known. */
      readonly onProgress?: (doneBytes: number, total: number) => void;
    },
  ): Promise<SnapshotStatus>;
  /**
   * Measures a snapshot from end to end: hashes, pages, keys, and which of `tokens` opens it. `given`: the technician
   * named the one token. A file that is no snapshot is told in what comes back. Throws `gone-away`, `could-not` when the
   * file was changed meanwhile.
   */
  measureSnapshot(
    path: string,
    tokens: readonly Secret[],
    options: {
      readonly given: boolean;
      readonly scratch: string;
      readonly signal: AbortSignal;
      /** In parts of `total`. */
      readonly onProgress?: (done: number, total: number) => void;
    },
  ): Promise<MeasuredSnapshot>;
  /**
   * Looks into a snapshot. What was found is kept for a while, so that the next question about the same file is answered
   * at once; a file that has changed is read again. Throws `check-failed` when it is damaged or no snapshot.
   */
  readonly look: SnapshotLook;
  /**
   * Compares two snapshots object by object. Throws `refused` when they are of two clusters, unless `anyCluster` is set,
   * and `check-failed` as `look` does.
   */
  snapshotDiff(
    from: string,
    to: string,
    options: LookOptions & { readonly anyCluster?: boolean | undefined },
  ): Promise<SnapshotDiff>;
  /**
   * Measures a snapshot as it is without the zip around it, and with `to` writes it there: whole, on the disk, or not at
   * all. Throws `check-failed` for a zip that is none of K3s, `space-short`.
   */
  unpackSnapshot(
    path: string,
    options: { readonly to?: string; readonly scratch: string; readonly signal: AbortSignal },
  ): Promise<{ readonly bytes: number; readonly sha256: string }>;
  /**
   * Measures a K3s database on SQLite with what lies beside it, in a copy: its structure, which of `tokens` opens it, and
   * what is in it. Throws `check-failed` when it is none, or damaged.
   */
  measureKine(
    path: string,
    tokens: readonly Secret[],
    options: { readonly scratch: string; readonly signal: AbortSignal },
  ): Promise<MeasuredKine>;
  /** Names and architectures of the images in an archive. Throws `damaged` when it is none. */
  imagesIn(path: string, signal: AbortSignal): Promise<readonly ArchivedImage[]>;
  /**
   * Seals one file with age to all recipients, or content that must not lie on the disk in the clear; gives hashes of
   * the sealed file and of what went in. `to` appears only when it is whole and fsynced. What would be larger than
   * `mostPartBytes` is cut into `<to>.part-001` and so on while it is written; the hashes beside `parts` are of all of it.
   */
  seal(
    from: string | Uint8Array,
    to: string,
    recipients: readonly string[],
    options: {
      readonly signal: AbortSignal;
      readonly onProgress?: (doneBytes: number) => void;
      readonly mostPartBytes?: number;
    },
  ): Promise<{
    readonly bytes: number;
    readonly sha256: string;
    readonly sha512: string;
    readonly parts?: readonly {
      readonly bytes: number;
      readonly sha256: string;
      readonly sha512: string;
    }[];
    readonly plain: { readonly bytes: number; readonly sha256: string };
  }>;
  /** Opens a sealed file, or its parts in order, with an age identity; `to` appears only when all of it was authentic. */
  unseal(
    from: string | readonly string[],
    to: string,
    identity: Secret,
    signal: AbortSignal,
  ): Promise<{ readonly bytes: number; readonly sha256: string }>;
  /**
   * Copies and hashes while writing, then fsyncs. `to` must not exist, unless `resume` is set: then the copy continues
   * at the end of what `to` holds, and the hash is over all of what lies there. What came so far stays after a stop.
   */
  copy(
    from: string,
    to: string,
    options: {
      readonly signal: AbortSignal;
      readonly resume?: boolean;
      readonly onProgress?: (doneBytes: number) => void;
    },
  ): Promise<{ readonly bytes: number; readonly sha256: string; readonly resumedAt: number }>;
  /**
   * Brings a file to a stick and fsyncs. What already lies there is compared with the source and kept as far as it is
   * equal, so a broken try is taken up again at any byte; `resumedAt` says how much was kept.
   */
  carry(
    from: string,
    to: string,
    options: { readonly signal: AbortSignal; readonly onProgress?: (doneBytes: number) => void },
  ): Promise<{
    readonly bytes: number;
    readonly sha256: string;
    readonly sha512: string;
    readonly resumedAt: number;
  }>;
  /**
   * Brings several files to a stick as `carry` does, with one flush for all of them at the end: what matters for small ones.
   * Each is on the medium when it answers. Progress is of all of them together.
   */
  carryAll(
    files: readonly { readonly from: string; readonly to: string }[],
    options: { readonly signal: AbortSignal; readonly onProgress?: (doneBytes: number) => void },
  ): Promise<readonly { readonly bytes: number; readonly sha256: string; readonly resumedAt: number }[]>;
  /** Fills a new file with noise made from `key` (32 bytes), flushed; fewer bytes when the file system is full. */
  fill(
    path: string,
    bytes: number,
    key: Uint8Array,
    options: { readonly signal: AbortSignal; readonly onProgress?: (doneBytes: number) => void },
  ): Promise<{ readonly bytes: number; readonly sha256: string }>;
  /** Hashes files past the page cache where the system allows it, and says how far down the reading reached. */
  readBack(
    paths: readonly string[],
    options: {
      readonly signal: AbortSignal;
      readonly onProgress?: (doneBytes: number) => void;
      /** false: only SHA-256 is made, and `sha512` is empty. */
      readonly sha512?: boolean;
    },
  ): Promise<{
    readonly reached: ReadBack;
    /** In the order asked. */
    readonly files: readonly { readonly bytes: number; readonly sha256: string; readonly sha512: string }[];
  }>;
}

export type { ReadBack };

/**
 * One vault key per home, wrapped by a passphrase (scrypt). Everything secret at rest goes through here: tokens,
 * passwords, run scrollback. `purpose` is bound into the seal, so a value cannot be opened as something else.
 * Throws `vault-locked` while no passphrase was given; only a practice home does without one.
 */
export interface Vault {
  state(): 'open' | 'locked' | 'new';
  create(passphrase: Secret): Promise<void>;
  unlock(passphrase: Secret): Promise<void>;
  lock(): void;
  seal(plain: Uint8Array, purpose: string): Uint8Array;
  open(sealed: Uint8Array, purpose: string): Uint8Array;
}

/** The vault as the technician handles it: with its passphrase changed, and its key remembered by the laptop. */
export interface KeptVault extends Vault {
  /** Why the vault's file cannot be used; the app goes on without its secrets. The vault then counts as locked. */
  readonly damage?: Failure;
  /** True when the laptop has a key store worth the name. Never in a practice home: it has no passphrase to spare. */
  readonly canRemember: boolean;
  /** True when the laptop's key store holds this vault's key now. */
  remembered(): boolean;
  /**
   * Wraps the vault's key anew; what was sealed still opens, and it stays as open or locked as it was. At every moment
   * one of the two passphrases opens the file. Throws `wrong-passphrase`, `bad-ask` for a short new one, `refused` in a
   * practice home.
   */
  change(old: Secret, fresh: Secret): Promise<void>;
  /** Puts the key of the open vault into the laptop's key store. Throws `vault-locked`, `refused` without a key store. */
  remember(): Promise<void>;
  /** Opens the vault with the key the laptop remembers; false when it remembers none that fits. */
  recall(): Promise<boolean>;
  /** Takes the key out of the laptop's key store. */
  forget(): Promise<void>;
}

/** How a port is talked to once it is open. `knock` says nothing and hears nothing. */
export type Question =
  | { readonly is: 'knock' }
  /** Reads the banner, and has the server prove the host keys of these types (one connection each); none: the banner only. */
  | { readonly is: 'ssh'; readonly keyTypes: readonly string[] }
  /** A handshake without trusting anybody, then a GET for each path over the same connection. */
  | { readonly is: 'tls'; readonly paths: readonly string[] }
  | { readonly is: 'http'; readonly paths: readonly string[] };

/** What the laptop can hear and ask on the networks it is in, without root. */
export interface NetworkSenses {
  /** Interfaces as they are now; loopback is left out. */
  wires(): Promise<readonly Wire[]>;
  /** The system's neighbour table, IPv4 and IPv6. Empty where it cannot be read. */
  neighbours(signal: AbortSignal): Promise<readonly Neighbour[]>;
  /**
   * Connects once and asks. Never throws for what the far side does; what a hostile one sends is read up to a limit and for
   * at most `talkMs`. `onOpen` is called when the connection stands. Throws `cancelled`.
   */
  ask(
    at: { readonly address: string; readonly port: number },
    question: Question,
    options: {
      readonly connectMs: number;
      readonly talkMs: number;
      readonly signal: AbortSignal;
      readonly onOpen?: () => void;
    },
  ): Promise<Knocked>;
  /**
   * What machines announce over mDNS on these wires, until the signal stops it. With `quiet` nothing is sent, but for what the
   * system itself says to its switch to join the group (IGMP, MLD). A flood is
   * heard up to a limit. Wires on which nothing can be heard are told to `onTrouble`.
   */
  announcements(
    wires: readonly string[],
    options: {
      readonly quiet: boolean;
      readonly signal: AbortSignal;
      readonly onHeard: (heard: Announced) => void;
      readonly onTrouble: (wire: string, why: string) => void;
    },
  ): Promise<void>;
  /**
   * Asks all IPv6 nodes on a wire to show themselves (ff02::1); gives the addresses that answered, with their zone. They need
   * not stand in the neighbour table afterwards. Undefined where this laptop may not ask.
   */
  callAllNodes(wire: string, signal: AbortSignal): Promise<readonly string[] | undefined>;
  /** How many ARP questions the system sends for one address before it gives up (Linux: mcast_solicit). */
  arpTries(wire: string): Promise<number>;
}
