import { parseDocument } from 'yaml';

/** Keys a server and an agent both take; after K3s' flags (facts §4). */
const both =
  `config server token token-file data-dir debug v vmodule log alsologtostderr node-ip node-external-ip node-internal-dns node-external-dns bind-address
flannel-iface flannel-conf flannel-cni-conf node-name with-node-id node-label node-taint image-credential-provider-bin-dir
image-credential-provider-config selinux snapshotter private-registry pause-image resolv-conf prefer-bundled-bin lb-server-port
protect-kernel-defaults kubelet-arg kube-proxy-arg docker container-runtime-endpoint default-runtime nonroot-devices
disable-default-registry-endpoint airgap-extra-registry rootless enable-pprof vpn-auth vpn-auth-file disable-apiserver-lb
image-service-endpoint`.split(/\s+/);

/** Keys only a server takes. */
const serverOnly =
  `cluster-init cluster-reset cluster-reset-restore-path agent-token agent-token-file tls-san tls-san-security
advertise-address advertise-port https-listen-port supervisor-port write-kubeconfig write-kubeconfig-mode write-kubeconfig-group
write-kubeconfig-name helm-job-image secrets-encryption secrets-encryption-provider etcd-snapshot-schedule-cron etcd-snapshot-retention
etcd-snapshot-name etcd-snapshot-dir etcd-snapshot-compress etcd-snapshot-reconcile-interval etcd-disable-snapshots etcd-expose-metrics
supervisor-metrics etcd-arg disable disable-scheduler disable-cloud-controller disable-kube-proxy disable-network-policy
disable-helm-controller disable-apiserver disable-controller-manager disable-etcd kube-apiserver-arg kube-controller-manager-arg
kube-scheduler-arg kube-cloud-controller-manager-arg cluster-cidr service-cidr service-node-port-range cluster-dns cluster-domain
flannel-backend flannel-ipv6-masq flannel-external-ip egress-selector-mode servicelb-namespace kine-tls datastore-endpoint
datastore-cafile datastore-certfile datastore-keyfile system-default-registry embedded-registry multi-cluster-cidr default-local-storage-path
etcd-s3 etcd-s3-endpoint etcd-s3-endpoint-ca etcd-s3-skip-ssl-verify etcd-s3-access-key etcd-s3-secret-key etcd-s3-session-token
etcd-s3-bucket etcd-s3-bucket-lookup-type etcd-s3-region etcd-s3-folder etcd-s3-proxy etcd-s3-insecure etcd-s3-timeout etcd-s3-retention
etcd-s3-config-secret`.split(/\s+/);

/** Keys of config.yaml that K3s takes in this role. */
export const knownKeys = (role: 'server' | 'agent'): readonly string[] =>
  role === 'server' ? [...both, ...serverOnly] : both;

/** How many letters have to be put in, taken out, changed or swapped to make one word of the other. */
export function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min(
        (rows[i - 1]?.[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (rows[i - 1]?.[j - 1] ?? 0) + same,
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, (rows[i - 2]?.[j - 2] ?? 0) + 1);
      row.push(least);
    }
    rows.push(row);
  }
  return rows[a.length]?.[b.length] ?? 0;
}

/** The known key that is surely meant by a misspelled one: near enough, and nearer than any other. */
export function nearestKey(key: string, known: readonly string[]): string | undefined {
  const plain = key.toLowerCase().replaceAll('_', '-');
  const ranked = known.map(name => ({ name, far: distance(plain, name) })).toSorted((x, y) => x.far - y.far);
  const [first, second] = ranked;
  if (!first || first.far > Math.max(1, Math.floor(plain.length / 4))) return undefined;
  return second?.far === first.far ? undefined : first.name;
}

/** One thing that is wrong with a file, and what may be done about it. */
export interface ConfigFault {
  /** Line, counted from 1. */
  readonly nth: number;
  readonly says: string;
  readonly key?: string;
  /** What the key becomes; absent: no known one is near, so the line can only be taken out. */
  readonly becomes?: string;
  /** White space alone is the fault; the line itself is not kept, for it may hold a secret. */
  readonly white?: true;
}

const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;

/** Top-level keys with their lines; a key twice stands twice. */
export function keysIn(text: string): readonly { readonly key: string; readonly nth: number }[] {
  return text.split('\n').flatMap((line, i) => {
    const key = /^(["']?)([A-Za-z][A-Za-z0-9_.-]*)\1\+?\s*:(\s|$)/.exec(line)?.[2];
    return key === undefined ? [] : [{ key, nth: i + 1 }];
  });
}

/** White space that YAML forbids or that hides a value; undefined when the line has none of it. */
function spaced(line: string): string | undefined {
  const untabbed = line.replace(/^[ \t]+/, lead => lead.replaceAll('\t', '  '));
  const split = untabbed.replace(/^([A-Za-z][A-Za-z0-9-]*):(?=[^\s/])/, '$1: ');
  const plain = split
    .replaceAll('\u00a0', ' ')
    .replaceAll(/[\u201c\u201d]/g, '"')
    .replace(/\r$/, '');
  return plain === line ? undefined : plain;
}

/** What is wrong with a YAML file of K3s, first things first; `known` are the keys it may have at its top. */
export function configFaults(text: string, known: readonly string[]): readonly ConfigFault[] {
  const lines = text.split('\n');
  const white = lines.flatMap((line, i): ConfigFault[] =>
    /^\s*#/.test(line) || spaced(line) === undefined
      ? []
      : [{ nth: i + 1, says: 'white space that YAML does not take', white: true }],
  );
  const unknown = keysIn(text).flatMap(({ key, nth }): ConfigFault[] => {
    if (known.includes(key)) return [];
    const near = nearestKey(key, known);
    if (near === undefined) return [{ nth, key, says: `K3s knows no “${key}” here` }];
    // twice the same key is a fault of its own
    return keysIn(text).some(one => one.key === near)
      ? [{ nth, key, says: `K3s knows no “${key}”; “${near}” is there already` }]
      : [{ nth, key, says: `K3s knows no “${key}”; near is “${near}”`, becomes: near }];
  });
  if (white.length > 0 || unknown.length > 0) return [...white, ...unknown];
  const [error] = parseDocument(text, { logLevel: 'silent' }).errors;
  return error
    ? [{ nth: lineAt(text, error.pos[0]), says: (error.message.split('\n')[0] ?? '').slice(0, 200) }]
    : [];
}

/** How one fault is treated. */
export type ConfigFix = 'mend' | 'comment' | 'leave';

/** The lines a top-level entry covers: its own and the indented ones (or list items) below it. */
function lastLineOf(lines: readonly string[], nth: number): number {
  let last = nth;
  while (last < lines.length && /^(\s+\S|-\s)/.test(lines[last] ?? '')) last++;
  return last;
}

/** The file with its faults treated; every other line stays as it is. */
export function repaired(
  text: string,
  fixes: readonly { readonly fault: ConfigFault; readonly how: ConfigFix }[],
): string {
  const lines = text.split('\n');
  for (const { fault, how } of fixes) {
    const { nth, key, becomes, white } = fault;
    const line = lines[nth - 1] ?? '';
    const last = key === undefined ? nth : lastLineOf(lines, nth);
    if (how === 'comment') for (let i = nth; i <= last; i++) lines[i - 1] = `# ${lines[i - 1] ?? ''}`;
    else if (how === 'mend' && white) lines[nth - 1] = spaced(line) ?? line;
    else if (how === 'mend' && key !== undefined && becomes !== undefined)
      lines[nth - 1] = line.replace(key, becomes);
  }
  return lines.join('\n');
}

/** Does every treated line stand as it should? `text` is a file that was repaired, or the one before. */
export function isRepaired(
  text: string,
  fixes: readonly { readonly fault: ConfigFault; readonly how: ConfigFix }[],
): boolean {
  const lines = text.split('\n');
  return fixes.every(({ fault: { nth, key, becomes }, how }) => {
    const line = lines[nth - 1] ?? '';
    if (how === 'leave') return true;
    if (how === 'comment') return line.startsWith('# ');
    return key === undefined ? spaced(line) === undefined : keysIn(line)[0]?.key === becomes;
  });
}

/** Keys whose values may hold a secret, and so never show. */
const secretKeys = /token|secret|password|access-key|datastore-endpoint|vpn-auth/;
const harmless = new Set([...both, ...serverOnly, 'mirrors'].filter(key => !secretKeys.test(key)));

const valueHidden = (line: string): string => {
  const head = /^(\s*(?:-\s+)?["']?[A-Za-z0-9_.:+-]*?["']?\s*:)(?=\s|$|[^\s/])/.exec(line)?.[1];
  const rest = head === undefined ? line.trim() : line.slice(head.length).trim();
  if (rest === '') return line;
  return head === undefined ? `${/^\s*(?:-\s+)?/.exec(line)?.[0] ?? ''}‹secret›` : `${head} ‹secret›`;
};

/**
 * The file with every value hidden but those of keys known to hold no secret. A misspelled `tokn: abc` is unknown, so it is
 * hidden as well. Lines and keys stay where they are.
 */
export function maskedText(text: string): string {
  let shows = false;
  return text
    .split('\n')
    .map(line => {
      if (line.trim() === '') return line;
      const top = /^(["']?)([A-Za-z][A-Za-z0-9_.-]*)\1\+?\s*:/.exec(line)?.[2];
      if (top !== undefined) shows = harmless.has(top);
      else if (!/^(\s|-)/.test(line)) shows = false;
      return shows && !/password|auth|token|:\/\/[^/\s]*@/i.test(line) ? line : valueHidden(line);
    })
    .join('\n');
}
