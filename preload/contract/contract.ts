import type {
  About,
  BagCheck,
  Bundle,
  Export,
  ExportPlan,
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
  Stick,
  TerminalChunk,
} from './domain.ts';
import { bundleId, exportId, nodeId, runId, shellId, siteId, snapshotId } from './ids.ts';
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

declare const replies: unique symbol;
export interface Call<A, R> {
  readonly args: Parse<A>;
  readonly [replies]?: R;
}
export interface Feed<A, I> {
  readonly args: Parse<A>;
  readonly [replies]?: I;
}
const call =
  <R>() =>
  <A>(args: Parse<A>): Call<A, R> => ({ args });
const feed =
  <I>() =>
  <A>(args: Parse<A>): Feed<A, I> => ({ args });

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

/** What a plan is asked for. `remove-k3s` needs the node's name typed out. */
const ask = variants({
  preflight: shape({ node: nodeId }),
  /** `takeOver` is the run id of a lock left on the node by somebody else, repeated by the technician. */
  'install-single': shape({
    node: nodeId,
    bundle: bundleId,
    options: installOptions,
    takeOver: optional(text),
  }),
  'remove-k3s': shape({ node: nodeId, typedName: text, takeOver: optional(text) }),
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
    shape({ node: nodeId, kind: oneOf('password', 'passphrase', 'sudo'), secret: text, keep: flag }),
  ),
  'node.preflight': call<Preflight>()(
    shape({ node: nodeId, bundle: optional(bundleId), options: optional(installOptions) }),
  ),

  'bundle.list': call<readonly Bundle[]>()(nothing),
  'bundle.import': call<Bundle>()(shape({ path: filled })),
  /** Checks a folder without importing it, or an imported bundle again. */
  'bundle.verify': call<Bundle>()(shape({ path: optional(filled), bundle: optional(bundleId) })),
  /** Typed consent to a bundle whose origin is unknown: the K3s version must be repeated. Audited. */
  'bundle.consent': call<Bundle>()(shape({ bundle: bundleId, typed: text })),
  'bundle.remove': call<null>()(shape({ bundle: bundleId })),

  'install.defaults': call<InstallOptions>()(shape({ node: nodeId })),
  'run.plan': call<Plan>()(shape({ ask })),
  'run.start': call<Run>()(shape({ ask, digest: filled })),
  'run.list': call<readonly Run[]>()(nothing),
  'run.show': call<Run>()(shape({ run: runId })),
  'run.continue': call<Run>()(shape({ run: runId })),
  'run.cancel': call<Run>()(shape({ run: runId })),

  'shell.send': call<null>()(shape({ shell: shellId, bytes })),
  'shell.resize': call<null>()(shape({ shell: shellId, cols: whole(2, 1000), rows: whole(1, 500) })),

  'snapshot.list': call<readonly Snapshot[]>()(shape({ site: optional(siteId) })),
  'snapshot.onNode': call<readonly NodeSnapshot[]>()(shape({ node: nodeId })),
  'snapshot.take': call<NodeSnapshot>()(shape({ node: nodeId })),
  'snapshot.pull': call<Snapshot>()(shape({ node: nodeId, name: filled })),
  'snapshot.verify': call<Snapshot>()(shape({ snapshot: snapshotId })),

  'stick.list': call<readonly Stick[]>()(nothing),
  'export.plan': call<ExportPlan>()(shape({ site: siteId, to: filled })),
  'export.write': call<Export>()(shape({ site: siteId, to: filled })),
  'export.list': call<readonly Export[]>()(shape({ site: optional(siteId) })),
  'export.show': call<Export>()(shape({ export: exportId })),
  'bag.verify': call<BagCheck>()(shape({ path: filled })),
} as const;

export const feeds = {
  /** First the run as it stands, then news until it ends. */
  'run.news': feed<RunNews>()(shape({ run: runId })),
  /** The run's terminal from its beginning: what was sent and answered, secrets masked. */
  'run.terminal': feed<TerminalChunk>()(shape({ run: runId })),
  'shell.open': feed<ShellNews>()(shape({ node: nodeId, cols: whole(2, 1000), rows: whole(1, 500) })),
} as const;

export type CallName = keyof typeof calls;
export type FeedName = keyof typeof feeds;
type Of<C> = C extends { readonly args: Parse<infer A>; readonly [replies]?: infer R }
  ? [A, Exclude<R, undefined>]
  : never;
export type CallArgs<N extends CallName> = Of<(typeof calls)[N]>[0];
export type CallReply<N extends CallName> = Of<(typeof calls)[N]>[1];
export type FeedArgs<N extends FeedName> = Of<(typeof feeds)[N]>[0];
export type FeedItem<N extends FeedName> = Of<(typeof feeds)[N]>[1];
