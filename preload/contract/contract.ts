import { call, feed } from './call.ts';
import type { Of } from './call.ts';
import { carryCalls } from './carry.ts';
import type {
  About,
  Bundle,
  Folder,
  InstallOptions,
  NodeLook,
  NodeSnapshot,
  Plan,
  PracticeStation,
  Preflight,
  Run,
  RunNews,
  Settings,
  ShellNews,
  Site,
  SiteNode,
  Snapshot,
  SnapshotStatus,
  TerminalChunk,
  ExecNews,
} from './domain.ts';
import { remedies } from './doctor.ts';
import type { RemedyForm } from './doctor.ts';
import { exerciseNames } from './exercises.ts';
import type { Exercise, ExerciseResult } from './exercises.ts';
import type { DoctorNews, DoctorPack, Examination } from './doctor.ts';
import { bundleId, consoleId, examinationId, nodeId, runId, shellId, siteId, snapshotId } from './ids.ts';
import {
  bytes,
  filled,
  flag,
  list,
  nothing,
  oneOf,
  optional,
  shape,
  text,
  variants,
  whole,
} from './parse.ts';
import type { Parse } from './parse.ts';
import { lineSettings } from './serial.ts';
import { metricsCalls, metricsFeeds } from './metrics.ts';
import { scanCalls, scanFeeds } from './scan.ts';
import { wanCalls } from './wan.ts';
import { gapCalls } from './snapshots/gap.ts';
import { lookCalls } from './snapshots/look.ts';
import { proofCalls } from './snapshots/proof.ts';
import { snapshotFile } from './snapshots/file.ts';
import { offeredRestores, restoreCalls } from './snapshots/restore.ts';
import { exportCalls } from './supply/exports.ts';
import { hqCalls } from './supply/hq.ts';
import { keyCalls } from './supply/keys.ts';
import { stickCalls, stickFeeds } from './supply/sticks.ts';
import { postCalls } from './supply/post.ts';
import type { BlackBox, BlackBoxFind, BlackBoxPage, ConsoleNews, Detected, SerialPort } from './serial.ts';

const login = variants({ auto: nothing, agent: nothing, key: shape({ path: filled }), password: nothing });

const installOptions: Parse<InstallOptions> = shape({
  nodeName: filled,
  nodeIp: text,
  tlsSan: list(filled, 64),
  disable: list(oneOf('traefik', 'servicelb', 'local-storage', 'metrics-server', 'coredns'), 8),
  secretsEncryption: flag,
  clusterCidr: filled,
  serviceCidr: filled,
  flannelBackend: oneOf('vxlan', 'host-gw', 'wireguard-native', 'none'),
  snapshotCron: filled,
  snapshotRetention: whole(1, 1000),
  labels: list(filled, 64),
  taints: list(filled, 64),
  rescuable: flag,
  serialConsole: text,
});

/** What a plan is asked for. `remove-k3s` needs the node's name typed out. `byStick`: a stick carries the large files. */
const ask = variants({
  preflight: shape({ node: nodeId }),
  /** `takeOver` is the run id of a lock left on the node by somebody else, repeated by the technician. */
  'install-single': shape({
    node: nodeId,
    bundle: bundleId,
    options: installOptions,
    takeOver: optional(text),
    byStick: optional(flag),
  }),
  'remove-k3s': shape({ node: nodeId, typedName: text, takeOver: optional(text) }),
  /** `choices` answer the fields of `remedy.form`; what is left out stays as proposed. `typedName` where the form wants it. */
  remedy: shape({
    node: nodeId,
    remedy: oneOf(...remedies),
    choices: list(shape({ name: filled, value: text }), 32),
    typedName: text,
    takeOver: optional(text),
    byStick: optional(flag),
  }),
  /** `of` is the snapshot, for kinds that have one; `choices` answer the fields of `restore.form`; the name is typed out. */
  restore: shape({
    node: nodeId,
    kind: oneOf(...offeredRestores),
    of: optional(snapshotFile),
    choices: list(shape({ name: filled, value: text }), 32),
    typedName: text,
    takeOver: optional(text),
  }),
});
export type RunbookAsk = ReturnType<typeof ask>;

/**
 * Everything the page, the CLI and the tests may ask of the host: names, argument parsers and reply types in one value.
 * Secrets travel page → host only, and only in the arguments of `node.secret` and `vault.*`.
 */
export const calls = {
  'app.about': call<About>()(nothing),
  'settings.get': call<Settings>()(nothing),
  'settings.set': call<Settings>()(
    shape({
      theme: optional(oneOf('system', 'light', 'dark')),
      terminalFontSize: optional(whole(8, 32)),
      technician: optional(text),
      supplyRunDays: optional(whole(1, 366)),
      keepAwakeWhileRunning: optional(flag),
    }),
  ),
  /** Where the practice station's parts are. Only in the practice world. */
  'practice.station': call<PracticeStation>()(nothing),
  /** Only in the practice world, as all exercises. */
  'exercise.list': call<readonly Exercise[]>()(nothing),
  /** Breaks the practice node; what it was before is kept until `exercise.leave`. */
  'exercise.begin': call<Exercise>()(shape({ exercise: oneOf(...exerciseNames) })),
  /** One hint more of the exercise that was begun. */
  'exercise.hint': call<Exercise>()(nothing),
  /** Measures on the practice node whether it is cured and nothing was lost. */
  'exercise.check': call<ExerciseResult>()(nothing),
  /** Gives the practice node back as it was before. */
  'exercise.leave': call<null>()(nothing),
  'vault.create': call<About>()(shape({ passphrase: text })),
  'vault.unlock': call<About>()(shape({ passphrase: text })),
  'vault.lock': call<About>()(nothing),
  /** Gives the vault another passphrase; the old one must be right. What was sealed stays sealed. */
  'vault.change': call<About>()(shape({ old: text, fresh: text })),
  /** Lets the laptop's key store open the vault from now on. Refused where there is none worth the name. */
  'vault.remember': call<About>()(nothing),
  'vault.forget': call<About>()(nothing),
  'folder.list': call<Folder>()(shape({ path: optional(text) })),

  'site.list': call<readonly Site[]>()(nothing),
  'site.create': call<Site>()(shape({ name: filled })),
  'site.recipients': call<Site>()(shape({ site: siteId, recipients: list(filled, 16) })),

  /** Keeps the two lines that open an S3 store of a site in the vault. Throws `bad-ask`, `vault-locked`. */
  'site.s3': call<null>()(shape({ site: siteId, credentials: filled })),
  'node.list': call<readonly SiteNode[]>()(shape({ site: optional(siteId) })),
  'node.add': call<SiteNode>()(
    shape({ site: siteId, name: filled, address: filled, port: whole(1, 65_535), user: filled, login }),
  ),
  'node.remove': call<null>()(shape({ node: nodeId })),
  /** Opens a link, changes nothing, tells what is there. Fails with `host-key-unknown` and the fingerprint. */
  'node.look': call<NodeLook>()(shape({ node: nodeId })),
  'node.trust': call<SiteNode>()(shape({ node: nodeId, fingerprint: filled })),
  /** A secret for the node's login, kept in memory, and in the vault when `keep` is set. */
  'node.secret': call<null>()(
    shape({ node: nodeId, kind: oneOf('password', 'passphrase', 'sudo', 'root'), secret: text, keep: flag }),
  ),
  'node.preflight': call<Preflight>()(
    shape({ node: nodeId, bundle: optional(bundleId), options: optional(installOptions) }),
  ),

  /** Which port is this node's serial console; left out: none. With a cable and no address, it goes over serial. */
  'node.cable': call<SiteNode>()(
    shape({
      node: nodeId,
      cable: optional(
        shape({
          port: filled,
          settings: optional(lineSettings),
          passwordsInTheClear: optional(flag),
        }),
      ),
    }),
  ),
  /** Which of its two ways everything goes from now on. */
  'node.over': call<SiteNode>()(shape({ node: nodeId, over: oneOf('ssh', 'serial') })),
  /** Reads the node's SSH host keys over its cable and pins them for its address. Only from a local port. */
  'node.pinByCable': call<{ readonly pinned: readonly string[] }>()(shape({ node: nodeId })),

  'serial.list': call<readonly SerialPort[]>()(nothing),
  'serial.detect': call<Detected>()(shape({ port: filled })),
  'console.type': call<null>()(shape({ console: consoleId, bytes })),
  /**
   * Does one thing that makes sense on a console, with the login of `node` where it needs one. `break` and `sysrq` want
   * their name typed in capitals.
   */
  'console.act': call<null>()(
    shape({
      console: consoleId,
      deed: oneOf(
        'wake',
        'log-in',
        'log-out',
        'leave',
        'enter-maintenance',
        'continue-boot',
        'boot-default',
        'break',
        'sysrq',
      ),
      node: optional(nodeId),
      sysrq: optional(text),
      typed: optional(text),
    }),
  ),
  'console.set': call<null>()(shape({ console: consoleId, settings: lineSettings })),
  /** Closes a console for everybody and stops recording it. Refused while a run drives it. */
  'console.close': call<null>()(shape({ console: consoleId })),
  'blackbox.list': call<readonly BlackBox[]>()(nothing),
  /** Lines from `offset` on (default the beginning), or with `back` those before it (default the end). */
  'blackbox.read': call<BlackBoxPage>()(
    shape({
      port: filled,
      offset: optional(whole(0, Number.MAX_SAFE_INTEGER)),
      back: optional(flag),
      mostLines: whole(1, 5000),
    }),
  ),
  /** Newest first, at most 500. */
  'blackbox.search': call<readonly BlackBoxFind[]>()(shape({ port: optional(filled), text: filled })),

  /** What the doctor found last; null when it never looked at this node. */
  'doctor.last': call<Examination | null>()(shape({ node: nodeId })),
  /** Newest first; the last few of each node are kept. */
  'doctor.list': call<readonly Examination[]>()(shape({ node: optional(nodeId) })),
  /** The text one piece of evidence holds, secrets taken out. */
  'doctor.evidence': call<{ readonly text: string }>()(
    shape({ examination: examinationId, evidence: filled }),
  ),
  /** Seals an examination with all its evidence for headquarters into folder `to`. Refused without a recipient. */
  'doctor.pack': call<DoctorPack>()(shape({ examination: examinationId, to: filled })),

  'bundle.list': call<readonly Bundle[]>()(nothing),
  'bundle.import': call<Bundle>()(shape({ path: filled })),
  /** Checks a folder without importing it, or an imported bundle again. */
  'bundle.verify': call<Bundle>()(shape({ path: optional(filled), bundle: optional(bundleId) })),
  /** Typed consent to a bundle whose origin is unknown: the K3s version must be repeated. Audited. */
  'bundle.consent': call<Bundle>()(shape({ bundle: bundleId, typed: text })),
  'bundle.remove': call<null>()(shape({ bundle: bundleId })),

  'install.defaults': call<InstallOptions>()(shape({ node: nodeId })),
  /** Looks at the node, changes nothing, and says what a remedy asks before its plan is made. Refuses where it does not fit. */
  'remedy.form': call<RemedyForm>()(shape({ node: nodeId, remedy: oneOf(...remedies) })),
  'run.plan': call<Plan>()(shape({ ask })),
  'run.start': call<Run>()(shape({ ask, digest: filled })),
  'run.list': call<readonly Run[]>()(nothing),
  'run.show': call<Run>()(shape({ run: runId })),
  'run.continue': call<Run>()(shape({ run: runId })),
  'run.cancel': call<Run>()(shape({ run: runId })),
  ...carryCalls(ask),

  'shell.send': call<null>()(shape({ shell: shellId, bytes })),
  'shell.resize': call<null>()(shape({ shell: shellId, cols: whole(2, 1000), rows: whole(1, 500) })),

  'snapshot.list': call<readonly Snapshot[]>()(shape({ site: optional(siteId) })),
  'snapshot.onNode': call<readonly NodeSnapshot[]>()(shape({ node: nodeId })),
  'snapshot.take': call<NodeSnapshot>()(shape({ node: nodeId })),
  'snapshot.pull': call<Snapshot>()(shape({ node: nodeId, name: filled })),
  'snapshot.verify': call<Snapshot>()(shape({ snapshot: snapshotId })),
  /** The numbers of `etcdutl snapshot status`, of any file on this laptop. Throws `check-failed` when it is damaged. */
  'snapshot.status': call<SnapshotStatus>()(shape({ path: filled, rule: optional(oneOf('3.5', '3.6')) })),

  ...proofCalls,
  ...gapCalls,
  ...lookCalls,
  ...restoreCalls,

  ...stickCalls,
  ...exportCalls,
  ...keyCalls,
  ...hqCalls,
  ...postCalls,
  ...metricsCalls,
  ...wanCalls,
  ...scanCalls,
} as const;

export const feeds = {
  /** First the run as it stands, then news until it ends. */
  'run.news': feed<RunNews>()(shape({ run: runId })),
  /** The run's terminal from its beginning: what was sent and answered, secrets masked. */
  'run.terminal': feed<TerminalChunk>()(shape({ run: runId })),
  /** A serial port, opened or joined: how it stands, then everything on it. It stays open after the listener left. */
  'console.open': feed<ConsoleNews>()(shape({ port: filled, settings: optional(lineSettings) })),
  /** One command on a node, over whichever way it goes; ends with its exit. */
  'exec.open': feed<ExecNews>()(
    shape({
      node: nodeId,
      command: filled,
      as: oneOf('login', 'root'),
      timeoutSeconds: optional(whole(1, 86_400)),
      stdin: optional(bytes),
    }),
  ),
  /** Looks at a node and changes nothing. Who stops listening stops it; what came until then is kept. */
  ...metricsFeeds,
  ...stickFeeds,
  ...scanFeeds,
  'doctor.examine': feed<DoctorNews>()(shape({ node: nodeId })),
  'shell.open': feed<ShellNews>()(shape({ node: nodeId, cols: whole(2, 1000), rows: whole(1, 500) })),
} as const;

export type CallName = keyof typeof calls;
export type FeedName = keyof typeof feeds;
export type CallArgs<N extends CallName> = Of<(typeof calls)[N]>[0];
export type CallReply<N extends CallName> = Of<(typeof calls)[N]>[1];
export type FeedArgs<N extends FeedName> = Of<(typeof feeds)[N]>[0];
export type FeedItem<N extends FeedName> = Of<(typeof feeds)[N]>[1];
