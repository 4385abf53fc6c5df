import type { PlanCarry } from './carry.ts';
import type { Failure } from './failure.ts';
import type { BundleId, ExportId, NodeId, RunId, ShellId, SiteId, SnapshotId } from './ids.ts';
import type { LineSettings } from './serial.ts';

/** Times cross the bridge as ISO 8601 in UTC; sizes are bytes; hashes are lower-case hex unless named otherwise. */
export type Instant = string;
export type Sha256 = string;

/** CPU families K3s ships binaries for, by K3s' own asset names. */
export type Arch = 'amd64' | 'arm64' | 'arm';

/**
 * Progress of one call or run. `done` and `total` are in `unit`; `total` is absent while unknown.
 * `remainingSeconds` is only there once it is measured, never guessed.
 */
export interface Progress {
  readonly what: string;
  readonly done: number;
  readonly total?: number;
  readonly unit: 'bytes' | 'steps' | 'files' | 'percent' | 'addresses';
  readonly remainingSeconds?: number;
}

// ── the app itself ─────────────────────────────────────────────────────────────────────────────

export interface About {
  readonly version: string;
  readonly builtAt: Instant;
  readonly door: 'window' | 'browser' | 'terminal';
  readonly practice: boolean;
  /** Whether a practice world can be entered from here (always, unless this is one). */
  readonly home: string;
  readonly vault: 'open' | 'locked' | 'new';
  /** Whether this laptop has a key store that could open the vault without its passphrase. */
  readonly canRemember: boolean;
  /** Whether that key store holds the vault's key now. */
  readonly remembered: boolean;
  /** Sentences the technician should see on every screen: wrong clock, unencrypted disk, and so on. */
  readonly warnings: readonly string[];
  /** Those of them that a single command says too: something was damaged, or the clock is wrong. */
  readonly alarms?: readonly string[];
}

export interface Settings {
  readonly theme: 'system' | 'light' | 'dark';
  readonly terminalFontSize: number;
  /** Name of the technician, written into audit records. */
  readonly technician: string;
  /** Days between supply runs; used to say whether retention covers the gap. */
  readonly supplyRunDays: number;
  readonly keepAwakeWhileRunning: boolean;
}

/**
 * Two worlds live side by side, each with its own home, vault and journal; a carrier belongs to one of them.
 * In `practice` every node is pretended and nothing may leave for a real site or for headquarters.
 */
export type World = 'real' | 'practice';

/** What the practice station offers a newcomer: a site and node that are already known, a bundle folder, a stick folder. */
export interface PracticeStation {
  readonly site: SiteId;
  readonly node: NodeId;
  readonly bundleFolder: string;
  readonly stickFolder: string;
}

// ── sites and nodes ────────────────────────────────────────────────────────────────────────────

export interface Site {
  readonly id: SiteId;
  readonly name: string;
  readonly practice: boolean;
  readonly createdAt: Instant;
  /** age recipients of headquarters (`age1…`); an export without any is refused. */
  readonly recipients: readonly string[];
  /** The site's own key, whose secret half lies on paper in its safe; absent until it was made. */
  readonly breakGlass?: BreakGlass;
}

export interface BreakGlass {
  /** The age recipient. */
  readonly recipient: string;
  readonly madeAt: Instant;
  /** When the paper was last shown to open a bag of this site; absent: never. */
  readonly drilledAt?: Instant;
}

export type Login =
  | { readonly is: 'auto' }
  | { readonly is: 'agent' }
  | { readonly is: 'key'; readonly path: string }
  | { readonly is: 'password' };

export interface SiteNode {
  readonly id: NodeId;
  readonly site: SiteId;
  readonly name: string;
  /** Host name, IP address, or a `Host` of ~/.ssh/config. */
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly login: Login;
  readonly practice: boolean;
  readonly addedAt: Instant;
  readonly lastSeen?: Instant;
  readonly machineId?: string;
  readonly hostKey?: string;
  readonly k3sVersion?: string;
  readonly caHash?: Sha256;
  /** The cable to its serial console, once somebody said which; without settings they are detected. */
  readonly cable?: {
    readonly port: string;
    readonly settings?: LineSettings;
    /** The technician said that passwords may go to this port, though it is a network. */
    readonly passwordsInTheClear?: boolean;
  };
  /** Which of its two ways everything goes now. */
  readonly over: 'ssh' | 'serial';
}

/** What a first look at a node gives, without changing anything. */
export interface NodeLook {
  readonly hostname: string;
  readonly machineId: string;
  readonly bootId: string;
  readonly os: string;
  readonly kernel: string;
  readonly arch: string;
  readonly sudo: 'root' | 'passwordless' | 'password' | 'none';
  readonly hostKey: string;
  readonly k3s?: string;
}

export type Verdict = 'passed' | 'warned' | 'blocked' | 'unknown';

/** One line of a preflight: what was looked at, what was seen, and what to do when it is not good. */
export interface Check {
  readonly id: string;
  readonly title: string;
  readonly verdict: Verdict;
  readonly saw: string;
  readonly next?: string;
}

export interface Preflight {
  readonly node: NodeId;
  readonly at: Instant;
  readonly verdict: Verdict;
  readonly checks: readonly Check[];
}

// ── bundles ────────────────────────────────────────────────────────────────────────────────────

export type BundleFileRole =
  'binary' | 'images' | 'checksums' | 'install-script' | 'images-list' | 'manifest' | 'signature' | 'extra';

export type BundleFileState =
  'matches' | 'unlisted' | 'missing' | 'short' | 'altered' | 'not-carried' | 'wrong-architecture';

export interface BundleFile {
  readonly name: string;
  readonly role: BundleFileRole;
  readonly arch?: Arch;
  readonly bytes: number;
  readonly sha256?: Sha256;
  readonly state: BundleFileState;
  /** What is wrong, in a sentence, when something is. */
  readonly saw?: string;
}

/** Who vouches for a bundle. `signed` only after HQ's minisign signature over the manifest verified. */
export type Origin =
  | { readonly is: 'signed'; readonly keyId: string; readonly comment: string; readonly practice: boolean }
  | {
      readonly is: 'unknown';
      /** Why nobody vouches for it, in a sentence: no signature, or one by a key this laptop does not know. */
      readonly why?: string;
      readonly consent?: { readonly by: string; readonly at: Instant };
    };

export interface Bundle {
  readonly id: BundleId;
  readonly k3sVersion: string;
  readonly practice: boolean;
  readonly complete: boolean;
  readonly origin: Origin;
  readonly arches: readonly Arch[];
  readonly files: readonly BundleFile[];
  readonly bytes: number;
  /** Empty while a folder is only looked at. */
  readonly importedAt: Instant;
  readonly verifiedAt: Instant;
  /** Where it came from, as the technician named it. */
  readonly source: string;
  /** Bytes this import copied; 0 when the vault held all of them already. Only in the answer to an import. */
  readonly copiedBytes?: number;
}

// ── runbooks and runs ──────────────────────────────────────────────────────────────────────────

export type RunbookName = 'preflight' | 'install-single' | 'remove-k3s' | 'remedy' | 'restore';

/** What the wizard asks for an install. CIDRs, flannel backend and encryption can never be changed later. */
export interface InstallOptions {
  readonly nodeName: string;
  /** The address other nodes and the API certificate use; empty means what the default route shows. */
  readonly nodeIp: string;
  readonly tlsSan: readonly string[];
  readonly disable: readonly ('traefik' | 'servicelb' | 'local-storage' | 'metrics-server' | 'coredns')[];
  readonly secretsEncryption: boolean;
  readonly clusterCidr: string;
  readonly serviceCidr: string;
  readonly flannelBackend: 'vxlan' | 'host-gw' | 'wireguard-native' | 'none';
  readonly snapshotCron: string;
  readonly snapshotRetention: number;
  readonly labels: readonly string[];
  readonly taints: readonly string[];
  /** Make the node rescuable: serial getty, persistent journal, identities recorded. */
  readonly rescuable: boolean;
  /** Device of the serial console to put a getty on, such as `ttyS0`; empty means none was found. */
  readonly serialConsole: string;
}

export interface PlanCommand {
  /** Exactly what will be sent, secrets shown as ‹secret›. */
  readonly text: string;
  readonly as: 'login' | 'root' | 'laptop';
  /** `look` asks whether it is already so, `change` makes it so, `check` measures that it is. */
  readonly phase?: 'look' | 'change' | 'check';
  /** Name of the node it is sent to, where that is not the plan's own. */
  readonly node?: string;
}

export interface PlanStep {
  readonly id: string;
  readonly title: string;
  /** One plain sentence for the technician. */
  readonly why: string;
  readonly commands: readonly PlanCommand[];
  readonly weight: number;
  /** What may be lost when it goes wrong; absent means nothing. */
  readonly mayLose?: string;
}

export interface Plan {
  readonly runbook: RunbookName;
  readonly node: NodeId;
  readonly nodeName: string;
  readonly title: string;
  readonly steps: readonly PlanStep[];
  readonly warnings: readonly string[];
  /** Set where files go over a cable, or come by stick. */
  readonly carry?: PlanCarry;
  /** SHA-256 over the plan; `run.start` must repeat it, so what was shown is what runs. */
  readonly digest: Sha256;
}

export type StepStanding =
  'waiting' | 'probing' | 'applying' | 'verifying' | 'already' | 'passed' | 'failed' | 'unsure';

export interface RunStep {
  readonly id: string;
  readonly title: string;
  readonly why: string;
  readonly standing: StepStanding;
  readonly saw?: string;
  readonly startedAt?: Instant;
  readonly endedAt?: Instant;
}

/** `interrupted`: the app died or the link was lost; the run can be continued. */
export type RunState = 'running' | 'passed' | 'failed' | 'cancelled' | 'interrupted';

export interface Run {
  readonly id: RunId;
  readonly runbook: RunbookName;
  readonly title: string;
  readonly site: SiteId;
  readonly node: NodeId;
  readonly nodeName: string;
  readonly bundle?: BundleId;
  readonly state: RunState;
  readonly steps: readonly RunStep[];
  readonly failure?: Failure;
  readonly startedAt: Instant;
  readonly endedAt?: Instant;
  readonly progress: Progress;
  /** True when nothing had to be changed because everything was already so. */
  readonly unchanged: boolean;
  readonly practice: boolean;
}

/** News of a run: the page folds these into the run it already holds. */
export type RunNews =
  | { readonly is: 'run'; readonly run: Run }
  | { readonly is: 'step'; readonly step: RunStep; readonly progress: Progress }
  | { readonly is: 'progress'; readonly progress: Progress }
  | { readonly is: 'ended'; readonly run: Run };

/** Bytes for a terminal, in the order they came. */
export interface TerminalChunk {
  readonly bytes: Uint8Array;
}

export type ShellNews =
  | { readonly is: 'opened'; readonly shell: ShellId }
  | { readonly is: 'bytes'; readonly bytes: Uint8Array }
  | { readonly is: 'closed'; readonly says: string };

/** What a command says while it runs, and how it ended. `code` is null when a signal ended it. */
export type ExecNews =
  | { readonly is: 'stdout' | 'stderr'; readonly bytes: Uint8Array }
  | { readonly is: 'ended'; readonly code: number | null; readonly signal: string | null };

// ── snapshots ──────────────────────────────────────────────────────────────────────────────────

/** A snapshot file as the node lists it. */
export interface NodeSnapshot {
  readonly name: string;
  readonly nodeName: string;
  readonly location: string;
  readonly bytes: number;
  readonly createdAt: Instant;
  readonly ready: boolean;
  readonly error?: string;
  /** First 12 hex of SHA-256 of the password of the token it needs, where K3s tells. */
  readonly tokenHash?: string;
  /** Set when this file is already on the laptop. */
  readonly pulled?: SnapshotId;
}

/**
 * What was measured on the laptop's copy. `trailer` compares the SHA-256 trailer with the file's content;
 * `reference` compares the whole file with the hash recorded on the node when it was saved or pulled.
 * Only both together make `intact`: a trailer alone is a checksum, not a signature.
 */
export interface SnapshotCheck {
  readonly at: Instant;
  readonly trailer: 'holds' | 'broken' | 'missing';
  readonly reference: 'equal' | 'different' | 'none';
  readonly intact: boolean;
  readonly says: string;
}

/** What `etcdutl snapshot status` says of a snapshot, and how it was counted. */
export interface SnapshotStatus {
  /** CRC-32C over all buckets. */
  readonly hash: number;
  /** Decimal: it has 64 bits. */
  readonly revision: string;
  readonly totalKey: number;
  readonly totalSize: number;
  /** Only under the rule of 3.6; empty where the snapshot does not say. */
  readonly version?: string;
  /** Whose way of counting `totalKey` stands for. */
  readonly rule: '3.5' | '3.6';
  readonly zipped: boolean;
  /** By the length of the file; whether it holds was not looked at. */
  readonly hasTrailer: boolean;
  /** One of the two meta pages is damaged and the other was used. */
  readonly isMetaTorn: boolean;
}

export interface Snapshot {
  readonly id: SnapshotId;
  readonly site: SiteId;
  readonly node: NodeId;
  readonly nodeName: string;
  readonly name: string;
  readonly bytes: number;
  readonly sha256: Sha256;
  readonly savedAt: Instant;
  readonly pulledAt: Instant;
  readonly k3sVersion: string;
  /** First 12 hex of SHA-256 of the token's password: tells which token opens it, gives nothing away. */
  readonly tokenHash: string;
  readonly check: SnapshotCheck;
  readonly path: string;
  readonly practice: boolean;
}

// ── the supply run ─────────────────────────────────────────────────────────────────────────────

/** A removable drive with a file system on it, mounted or not. The laptop's own disks are never in the list. */
export interface Stick {
  /** Where it is mounted; empty while it is not. */
  readonly path: string;
  /** `/dev/sdb1`, `disk4s1`, `E:`. */
  readonly device: string;
  readonly label: string;
  readonly model: string;
  /** Of the drive, where it says; tells two sticks of one kind apart. */
  readonly serial: string;
  readonly fileSystem: string;
  readonly bytes: number;
  readonly free: number;
  readonly removable: boolean;
  readonly writable: boolean;
  /** When a bag was last written to it from here; absent: never. */
  readonly lastExportAt?: Instant;
  /** What should be known before anything is written to it. */
  readonly warnings: readonly StickWarning[];
}

/**
 * `fat32`: large files are split · `read-only` · `nearly-full` · `not-ours`: another account owns it · `write-errors`: the
 * kernel logged them · `not-mounted`.
 */
export interface StickWarning {
  readonly is: 'fat32' | 'read-only' | 'nearly-full' | 'not-ours' | 'write-errors' | 'not-mounted';
  readonly says: string;
}

export interface ExportItem {
  readonly path: string;
  readonly what: 'snapshot' | 'inventory' | 'audit' | 'config' | 'metrics' | 'black-box' | 'evidence';
  readonly bytes: number;
}

/** How far reading back reached. `re-read`: the page cache may have answered. */
export type ReadBack = 're-read' | 'from-medium' | 'medium-not-proven';

export interface BagCheck {
  readonly path: string;
  readonly complete: boolean;
  readonly files: number;
  readonly bytes: number;
  readonly readBack: ReadBack;
  readonly problems: readonly string[];
  /** The key of this laptop whose signature over the bag holds; absent for bags of others, and where nobody looked. */
  readonly signedBy?: string;
}

/** One whole bag of an export on one stick, or in one folder. */
export interface ExportCopy {
  /** The folder of the bag. */
  readonly path: string;
  /** Label of the stick, or the folder's path. */
  readonly on: string;
  readonly writtenAt: Instant;
  readonly check: BagCheck;
  /** How long writing and reading back took, in seconds. */
  readonly seconds?: number;
  /** When its stick was taken out safely, or the technician said that the courier left with it. */
  readonly leftAt?: Instant;
}

/** What headquarters' signed receipt said of an export. */
export interface ExportReceipt {
  readonly receivedAt: Instant;
  readonly importedAt: Instant;
  /** The receipt key, as minisign prints its id. */
  readonly key: string;
  readonly late: boolean;
  /** `received`: everything arrived and restores. `not-restorable`: it arrived and frees nothing. */
  readonly verdict: 'received' | 'not-restorable';
  readonly says: string;
}

/**
 * How far an export came. `written`: a whole bag was read back · `left`: a copy went with a courier · `confirmed`:
 * headquarters' receipt says that it restores · `not-restorable`: the receipt says that it does not.
 */
export type ExportState = 'written' | 'left' | 'confirmed' | 'not-restorable';

export interface Export {
  readonly id: ExportId;
  readonly site: SiteId;
  readonly at: Instant;
  /** Of the copy written last. */
  readonly path: string;
  readonly bytes: number;
  readonly files: number;
  readonly snapshots: readonly SnapshotId[];
  readonly manifestSha256: Sha256;
  /** What a receipt is bound to; absent for exports from before bags were signed. */
  readonly tagmanifestSha256?: Sha256;
  /** The laptop's how many-eth export, by the key that signed it. */
  readonly counter?: number;
  readonly laptopKey?: string;
  /** The laptop's clock was doubtful when it was written: dates may be wrong, the counter is not. */
  readonly clockDoubtful?: boolean;
  /** Of the copy written last. */
  readonly check: BagCheck;
  readonly copies: readonly ExportCopy[];
  readonly state: ExportState;
  readonly receipt?: ExportReceipt;
  /** Set when no receipt came although the courier left more than two supply runs ago. */
  readonly overdueSince?: Instant;
  readonly practice: boolean;
}

export interface ExportPlan {
  readonly site: SiteId;
  readonly to: string;
  readonly bag: string;
  readonly items: readonly ExportItem[];
  readonly bytes: number;
  readonly free: number;
  readonly enough: boolean;
  /** Why it is not enough, in a sentence. */
  readonly short?: string;
  readonly recipients: readonly string[];
  /** The recipient whose key lies in the site's safe. */
  readonly breakGlass?: string;
  /** How long sealing, writing and reading back will take, in seconds, by what this laptop and this place did before. */
  readonly seconds?: number;
  /** What the technician should know before it is written: the file system, the clock, the drill. */
  readonly warnings: readonly string[];
  /** Set when an earlier try of the same export lies there and is taken up again: bytes that need not be written. */
  readonly heldBytes: number;
}

/** One entry of a folder on the laptop, for choosing a bundle or a stick without typing a path. */
export interface FolderEntry {
  readonly name: string;
  readonly path: string;
  readonly folder: boolean;
  readonly bytes: number;
}
export interface Folder {
  readonly path: string;
  readonly parent?: string;
  readonly entries: readonly FolderEntry[];
}
