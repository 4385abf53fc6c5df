/**
 * Keys of K3s' configuration whose values say what a node is and open nothing. Every other key is shown without its
 * value: what is not on this list is held for secret.
 */
const openKeys = [
  'advertise-address',
  'agent-token-file',
  'bind-address',
  'cluster-cidr',
  'cluster-dns',
  'cluster-domain',
  'cluster-init',
  'cluster-reset',
  'cluster-reset-restore-path',
  'config',
  'container-runtime-endpoint',
  'data-dir',
  'debug',
  'default-local-storage-path',
  'default-runtime',
  'disable',
  'disable-agent',
  'disable-apiserver',
  'disable-cloud-controller',
  'disable-controller-manager',
  'disable-default-registry-endpoint',
  'disable-etcd',
  'disable-helm-controller',
  'disable-kube-proxy',
  'disable-network-policy',
  'disable-scheduler',
  'docker',
  'egress-selector-mode',
  'embedded-registry',
  'enable-pprof',
  'etcd-arg',
  'etcd-disable-snapshots',
  'etcd-expose-metrics',
  'etcd-s3',
  'etcd-snapshot-compress',
  'etcd-snapshot-dir',
  'etcd-snapshot-name',
  'etcd-snapshot-retention',
  'etcd-snapshot-schedule-cron',
  'flannel-backend',
  'flannel-conf',
  'flannel-iface',
  'flannel-ipv6-masq',
  'helm-job-image',
  'https-listen-port',
  'kube-controller-manager-arg',
  'kube-proxy-arg',
  'kube-scheduler-arg',
  'kubelet-arg',
  'lb-server-port',
  'log',
  'node-external-ip',
  'node-ip',
  'node-label',
  'node-name',
  'node-taint',
  'nonroot-devices',
  'pause-image',
  'prefer-bundled-bin',
  'private-registry',
  'protect-kernel-defaults',
  'resolv-conf',
  'rootless',
  'secrets-encryption',
  'secrets-encryption-provider',
  'selinux',
  'server',
  'service-cidr',
  'service-node-port-range',
  'servicelb-namespace',
  'snapshotter',
  'supervisor-metrics',
  'system-default-registry',
  'tls-san',
  'tls-san-security',
  'token-file',
  'v',
  'vmodule',
  'vpn-auth-file',
  'with-node-id',
  'write-kubeconfig',
  'write-kubeconfig-group',
  'write-kubeconfig-mode',
];
const openEnvironment = [
  'K3S_URL',
  'K3S_NODE_NAME',
  'K3S_CONFIG_FILE',
  'K3S_KUBECONFIG_MODE',
  'K3S_KUBECONFIG_OUTPUT',
  'K3S_DATA_DIR',
  'K3S_DEBUG',
  'K3S_SELINUX',
  'K3S_RESOLV_CONF',
  'HTTP_PROXY_SET',
  'CATTLE_NEW_SIGNED_CERT_EXPIRATION_DAYS',
  'PATH',
  'HOME',
  'TZ',
];

const among = (names: readonly string[]): string => ` ${names.join(' ')} `;

/**
 * awk that shows a K3s YAML file: values of the open keys, of others only that they are there. Lines of no known form
 * are hidden whole, so neither a block scalar, a comment nor a quoted key carries a token out.
 */
export const showConfig = String.raw`awk -v open='${among(openKeys)}' '
  { sub(/\r$/, "") }
  /^[ \t]*$/ { next }
  /^---/ { print "---"; next }
  /^\t/ { print "‹line " NR " begins with a tab›"; next }
  /^[ ]*#/ { print "# ‹comment›"; next }
  /^[A-Za-z0-9_-]+\+?:([ \t]|$)/ {
    key = $0; sub(/:.*/, "", key); plain = key; sub(/\+$/, "", plain)
    show = index(open, " " plain " ")
    value = $0; sub(/^[^:]*:[ \t]*/, "", value); sub(/[ \t]+#.*$/, "", value)
    if (show && value !~ /[@{}]|[|>][+-]?$/) print key ": " value
    else print key ": " (value == "" ? "" : "‹hidden›")
    next
  }
  /^[ ]*-([ \t]|$)/ { value = $0; sub(/[ \t]+#.*$/, "", value); print (show && value !~ /[@{}]/ ? value : "  - ‹hidden›"); next }
  { print "‹line " NR " hidden›" }'`;

/** awk that shows registries.yaml: mirrors, endpoints and file names; of everything else the key alone. */
export const showRegistries = String.raw`awk '
  { sub(/\r$/, "") }
  /^[ \t]*$/ { next }
  /^[ ]*\t/ { print "‹line " NR " has a tab before it›"; next }
  /^[ ]*#/ { print "# ‹comment›"; next }
  /^[ ]*-[ ]*"?https?:\/\/[^@ ]*$/ { print; next }
  /^[ ]*-/ { print "  - ‹hidden›"; next }
  /^[ ]*"?[A-Za-z0-9._:*\/-]+"?:[ ]*$/ { print; next }
  /^[ ]*(ca_file|cert_file|key_file|insecure_skip_verify):[ ]*[^ ]+$/ { print; next }
  /^[ ]*[A-Za-z0-9_]+:/ { sub(/:.*/, ": ‹hidden›"); print; next }
  { print "‹line " NR " hidden›" }'`;

/** awk that shows an environment file: values of open names, of others only the name. */
export const showEnvironment = String.raw`awk -F= -v open='${among(openEnvironment)}' '
  /^[ \t]*(#|$)/ { next }
  { name = $1; sub(/^export[ \t]+/, "", name) }
  $0 !~ /=/ || name !~ /^[A-Z_][A-Z0-9_]*$/ { print "‹line " NR " hidden›"; next }
  { print (index(open, " " name " ") && $0 !~ /@/ ? $0 : name "=‹hidden›") }'`;

/** awk that shows a unit: which files and programs, and of K3s' arguments the values of the open flags. */
export const showUnit = String.raw`awk -v open='${among(openKeys)}' '
  /^#? ?\// || /^\[/ || /^(After|Wants|Before|Requires|Type|EnvironmentFile|KillMode|Restart|RestartSec|TimeoutStartSec|WantedBy|ExecStartPre)=/ { inside = 0; print; next }
  /^ExecStart=/ { inside = 1; first = 1 }
  inside {
    n = split($0, word, /[ \t]+/); line = ""
    for (i = 1; i <= n; i++) {
      one = word[i]; bare = one; gsub(/[\047"\\]/, "", bare)
      if (bare == "") { line = line (one ~ /\\/ ? " \\" : ""); continue }
      if (bare ~ /^--?[a-z]/) {
        flag = bare; sub(/^--?/, "", flag); key = flag; sub(/=.*/, "", key)
        ok = index(open, " " key " ") && bare !~ /@/
        line = line " --" (flag ~ /=/ && !ok ? key "=‹hidden›" : flag); after = !(flag ~ /=/); first = 0
      } else if (after) { line = line " " (ok && bare !~ /@/ ? bare : "‹hidden›"); after = 0 }
      else line = line " " (first || bare ~ /^(server|agent)$/ ? bare : "‹hidden›")
    }
    sub(/^ /, "", line); print line
    if ($0 !~ /\\$/) inside = 0
  }'`;
