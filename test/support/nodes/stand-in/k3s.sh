# The stand-in's knowledge of K3s: its commands, files and words. Runs in dash with the program's arguments.
set -u
umask 077
D=/var/lib/rancher/k3s
S=$D/server
T=$S/tls
R=/run/k3s/stand-in
lib=/usr/local/lib/stand-in
config=/etc/rancher/k3s/config.yaml
version=$K3S_STAND_IN_VERSION

log() { # LEVEL TEXT
  printf 'time="%s" level=%s msg="%s"\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$1" "$(printf %s "$2" | sed 's/\\/\\\\/g; s/"/\\"/g')" >&2
}
fatal() {
  log fatal "$1"
  exit 1
}

# ── configuration ──
setting() { # KEY: the last scalar value
  [ -r "$config" ] && sed -n "s/^$1:[[:space:]]*//p" "$config" | tail -n 1 | sed 's/[[:space:]]*$//; s/^"\(.*\)"$/\1/; s/^'"'"'\(.*\)'"'"'$/\1/'
}
listed() { # KEY: the items of a list
  [ -r "$config" ] && awk -v key="$1:" '
    $0 ~ /^[^ #-]/ { on = ($1 == key) }
    on && /^ *- / { sub(/^ *- */, ""); gsub(/"/, ""); print }' "$config"
}
known='cluster-init token token-file node-name node-ip tls-san write-kubeconfig-mode secrets-encryption cluster-cidr service-cidr flannel-backend etcd-snapshot-schedule-cron etcd-snapshot-retention etcd-snapshot-dir etcd-snapshot-name disable node-label node-taint selinux server data-dir etcd-arg kubelet-arg kube-apiserver-arg kube-controller-manager-arg etcd-expose-metrics bind-address advertise-address flannel-iface debug tls-san-security embedded-registry resolv-conf'
check_config() {
  [ -e "$config" ] || return 0
  bad=$(awk '/^[[:space:]]*(#.*)?$/ {next} /^[A-Za-z][A-Za-z0-9-]*:([[:space:]].*)?$/ {next} /^[[:space:]]*- / {next} /^---$/ {next} {print NR; exit}' "$config")
  [ -z "$bad" ] || fatal "yaml: line $bad: could not find expected ':'"
  for key in $(sed -n 's/^\([A-Za-z][A-Za-z0-9-]*\):.*/\1/p' "$config"); do
    case " $known " in *" $key "*) ;; *) log warning "Unknown flag --$key found in config.yaml, skipping" ;; esac
  done
}

node() {
  name=$(setting node-name)
  printf %s "${name:-$(hostname)}" | tr 'A-Z' 'a-z'
}
ip() {
  found=$(setting node-ip)
  [ -n "$found" ] || found=$(command ip -4 route get 192.0.2.1 2>/dev/null | sed -n 's/.* src \([0-9.]*\).*/\1/p')
  printf %s "$found"
}
password() { # the password in the token that is asked for; the file's when none is
  given=${token_given:-$(setting token)}
  [ -n "$given" ] || given=$(cat "$S/token" 2>/dev/null)
  case $given in K10*::*:*) printf %s "${given#K10*::*:}" ;; *) printf %s "$given" ;; esac
}
short() { password | sha256sum | cut -c 1-12; }

# ── certificates: real ones, as K3s lays them out ──
ca() { # FILE NAME
  [ -s "$T/$1.crt" ] && return
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/CN=k3s-$2@$(date +%s)" \
    -keyout "$T/$1.key" -out "$T/$1.crt" 2>/dev/null || fatal "failed to write $T/$1.crt: $(touch "$T/$1.crt" 2>&1 | sed 's/.*: //')"
}
leaf() { # FILE CA SUBJECT SAN...: made anew when it is missing or ends within 120 days
  file=$T/$1 by=$T/$2 subject=$3
  shift 3
  openssl x509 -checkend 10368000 -noout -in "$file.crt" >/dev/null 2>&1 && [ "$file.crt" -nt "$by.crt" ] && return
  [ ! -s "$file.crt" ] || log warning "certificate $(openssl x509 -noout -subject -in "$file.crt" 2>/dev/null | sed 's/^subject=//') will expire in less than 120 days, renewing"
  names=
  for one in "$@"; do
    case $one in *[!0-9.]*) names=$names,DNS:$one ;; *) names=$names,IP:$one ;; esac
  done
  { openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "$subject" -keyout "$file.key" -out "$file.csr" &&
    printf 'extendedKeyUsage=serverAuth,clientAuth\n%s\n' "${names:+subjectAltName=${names#,}}" >"$file.ext" &&
    openssl x509 -req -in "$file.csr" -CA "$by.crt" -CAkey "$by.key" -set_serial "0x$(openssl rand -hex 8)" \
      -days "${CATTLE_NEW_SIGNED_CERT_EXPIRATION_DAYS:-365}" -extfile "$file.ext" -out "$file.crt"; } 2>/dev/null ||
    fatal "failed to write $file.crt: $(touch "$file.crt" 2>&1 | sed 's/.*: //')"
  rm -f "$file.csr" "$file.ext"
}
authorities() {
  mkdir -p "$T/etcd"
  ca server-ca server-ca
  ca client-ca client-ca
  ca request-header-ca request-header-ca
  ca etcd/server-ca etcd-server-ca
  ca etcd/peer-ca etcd-peer-ca
  [ -s "$T/service.key" ] || openssl ecparam -name prime256v1 -genkey -noout -out "$T/service.key"
}
leaves() {
  # shellcheck disable=SC2046 -- one name each
  leaf serving-kube-apiserver server-ca /CN=k3s 127.0.0.1 localhost kubernetes kubernetes.default.svc 10.43.0.1 "$(ip)" "$(node)" $(listed tls-san)
  leaf client-admin client-ca /O=system:masters/CN=system:admin
  leaf client-kube-apiserver client-ca /O=system:masters/CN=system:apiserver
  leaf etcd/server-client etcd/server-ca /CN=etcd-server 127.0.0.1 localhost "$(ip)"
  leaf etcd/client etcd/server-ca /CN=etcd-client
  leaf etcd/peer-server-client etcd/peer-ca /CN=etcd-peer 127.0.0.1 localhost "$(ip)"
  printf '{"kind":"Secret","data":{"tls.crt":"%s","tls.key":"%s"}}\n' \
    "$(base64 -w0 "$T/serving-kube-apiserver.crt")" "$(base64 -w0 "$T/serving-kube-apiserver.key")" >"$T/dynamic-cert.json"
}

# ── etcd ──
ctl() {
  ETCDCTL_API=3 "$lib/etcdctl" --endpoints "${at:-https://127.0.0.1:2379}" --command-timeout=5s \
    ${at:---cacert "$T/etcd/server-ca.crt" --cert "$T/etcd/client.crt" --key "$T/etcd/client.key"} "$@"
}
plain_ctl() { ETCDCTL_API=3 "$lib/etcdctl" --endpoints http://127.0.0.1:2399 --command-timeout=5s "$@"; }
member() { # this member's name; it stays with the data
  [ -s "$S/db/etcd/name" ] || { mkdir -p "$S/db/etcd" && printf '%s-%s' "$(node)" "$(openssl rand -hex 4)" >"$S/db/etcd/name"; }
  cat "$S/db/etcd/name"
}
# What K3s keeps in the datastore, as NAME:FILE in its tls folder.
kept='ServerCA:server-ca.crt ServerCAKey:server-ca.key ClientCA:client-ca.crt ClientCAKey:client-ca.key RequestHeaderCA:request-header-ca.crt RequestHeaderCAKey:request-header-ca.key ETCDServerCA:etcd/server-ca.crt ETCDServerCAKey:etcd/server-ca.key ETCDPeerCA:etcd/peer-ca.crt ETCDPeerCAKey:etcd/peer-ca.key ServiceKey:service.key'
# AES-256-GCM as K3s seals with: OpenSSL's command line has no GCM, but its parts; the tag is this program's own.
sealing_key() { openssl kdf -keylen 32 -kdfopt digest:SHA1 -kdfopt "pass:$(cat "$R/password")" -kdfopt "salt:$1" -kdfopt iter:4096 PBKDF2 | tr -d ':\n'; }
counted() { openssl enc -aes-256-ctr -K "$1" -iv "$2"; } # KEY NONCE-AND-COUNTER
gcm_tag() { # KEY NONCE, over standard input: as hex
  "$K3S_STAND_IN" @tag "$(printf '%032d' 0 | unhex | openssl enc -aes-256-ecb -nopad -K "$1" | hex)" "$(printf '%032d' 0 | unhex | counted "$1" "${2}00000001" | hex)"
}
hex() { od -An -v -tx1 | tr -d ' \n'; }
unhex() { "$K3S_STAND_IN" @unhex; }
# Its CAs, sealed with the token: `salt:base64` of nonce, content and tag, as in the datastore.
sealed_bootstrap() {
  salt=$(openssl rand -hex 8) nonce=$(openssl rand -hex 12)
  key=$(sealing_key "$salt")
  {
    sep='{'
    for one in $kept; do
      printf '%s"%s":{"Timestamp":"%s","Content":"%s"}' "$sep" "${one%%:*}" "$(date -u -r "$T/${one#*:}" +%Y-%m-%dT%H:%M:%SZ)" "$(base64 -w0 "$T/${one#*:}")"
      sep=,
    done
    printf '}'
  } | counted "$key" "${nonce}00000002" >"$R/sealed"
  printf '%s:' "$salt"
  { printf %s "$nonce" | unhex; cat "$R/sealed"; gcm_tag "$key" "$nonce" <"$R/sealed" | unhex; } | base64 -w0
  rm -f "$R/sealed"
}
opened_bootstrap() { # from standard input: its JSON, or nothing when the token does not open it
  IFS=: read -r salt value || [ -n "${value-}" ] || return 1
  printf %s "$value" | base64 -d >"$R/sealed" && key=$(sealing_key "$salt") || return 1
  nonce=$(head -c 12 "$R/sealed" | hex) tag=$(tail -c 16 "$R/sealed" | hex)
  tail -c +13 "$R/sealed" | head -c -16 >"$R/sealed.content"
  [ "$(gcm_tag "$key" "$nonce" <"$R/sealed.content")" = "$tag" ] && counted "$key" "${nonce}00000002" <"$R/sealed.content"
  opened=$?
  rm -f "$R/sealed" "$R/sealed.content"
  return $opened
}
lay_out() { # the JSON's CAs onto the disk
  mkdir -p "$T/etcd"
  for one in $kept; do
    printf %s "$1" | sed -n 's/.*"'"${one%%:*}"'":{"Timestamp":"[^"]*","Content":"\([^"]*\)".*/\1/p' | base64 -d >"$T/${one#*:}"
  done
}
keep_bootstrap() { # COMMAND...: an etcdctl
  sealed_bootstrap >"$R/bootstrap" && "$@" put "/bootstrap/$(short)" <"$R/bootstrap" >/dev/null
  rm -f "$R/bootstrap"
}
check_bootstrap() { # COMMAND...: an etcdctl
  keys=$("$@" get /bootstrap/ --prefix --keys-only | grep .)
  [ -z "$keys" ] || [ "$keys" = "/bootstrap/$(short)" ] || fatal 'starting kubernetes: preparing server: bootstrap data already found and encrypted with different token'
  [ -n "$keys" ]
}
# A datastore without TLS for a moment, to read what it holds before anything is served. Its end takes this with it.
temporary_etcd() { # FLAGS...
  "$lib/etcd" --name "$(member)" --data-dir "$S/db/etcd" --listen-client-urls http://127.0.0.1:2399 --advertise-client-urls http://127.0.0.1:2399 \
    --listen-peer-urls http://127.0.0.1:2398 --initial-advertise-peer-urls "https://$(ip):2380" --initial-cluster "$(member)=https://$(ip):2380" \
    --logger zap --log-level warn "$@" &
  temporary=$!
  trap 'kill $temporary 2>/dev/null' EXIT
  tries=0
  until plain_ctl endpoint health >/dev/null 2>&1; do
    kill -0 $temporary 2>/dev/null || fatal 'starting kubernetes: preparing server: failed to bootstrap cluster data: failed to reconcile with local datastore: etcd exited'
    tries=$((tries + 1))
    [ $tries -lt 40 ] || fatal 'starting kubernetes: preparing server: failed to bootstrap cluster data: context deadline exceeded'
    sleep 0.25
  done
}
end_temporary() {
  kill $temporary
  wait $temporary 2>/dev/null
}
fetch_authorities() {
  check_bootstrap plain_ctl || fatal 'no bootstrap data found in datastore - check server token value and verify datastore integrity'
  json=$(plain_ctl get "/bootstrap/$(short)" --print-value-only | opened_bootstrap) ||
    fatal 'no bootstrap data found in datastore - check server token value and verify datastore integrity'
  lay_out "$json"
}

# ── joining another server ──
joins() { [ -n "$(setting server)" ] && [ ! -d "$S/db/etcd/member/wal" ]; }
fetch() { curl -sf -k --max-time 10 "$(setting server)/$1"; }
# The CAs come from the server that is joined, and only the right token opens them.
join_authorities() {
  url=$(setting server)
  ca=$(fetch cacerts) || fatal "starting kubernetes: preparing server: failed to get CA certs: Get \"$url/cacerts\": dial tcp: connect: connection refused"
  case $(setting token) in
    K10*::*) [ "$(setting token | cut -c 4-67)" = "$(printf '%s\n' "$ca" | sha256sum | cut -c 1-64)" ] ||
      fatal "starting kubernetes: preparing server: token CA hash does not match the Cluster CA certificate hash: $(setting token | cut -c 4-67)" ;;
  esac
  json=$(fetch "bootstrap-$(short)" | opened_bootstrap) || fatal "starting kubernetes: preparing server: https://$url/v1-k3s/server-bootstrap: 401 Unauthorized"
  lay_out "$json"
}
# As a learner first; a name that is a member already may not come twice.
join_cluster() {
  from=$(setting server | sed 's,^\(https://[^:/]*\).*,\1:2379,')
  members=$(other_ctl member list) || fatal "starting kubernetes: start managed database: failed to get etcd MemberList for new learner: context deadline exceeded"
  case $members in *" $(node)-"*) fatal 'starting kubernetes: preparing server: start managed database: duplicate node name found, please use a unique name for this node' ;; esac
  log info "Adding member $(member)=https://$(ip):2380 to etcd cluster [$(printf %s "$members" | cut -d ' ' -f 3,4 | tr -d '\n')]"
  # A member that has just joined counts as unhealthy for a moment, and etcd then takes no other.
  tries=0
  until other_ctl member add "$(member)" --learner --peer-urls "https://$(ip):2380" >"$R/added" 2>&1; do
    tries=$((tries + 1))
    [ $tries -lt 40 ] || fatal "starting kubernetes: preparing server: start managed database: $(tail -n 1 "$R/added")"
    sleep 0.25
  done
  sed -n 's/^ETCD_INITIAL_CLUSTER="\(.*\)"$/\1/p' "$R/added" >"$S/db/etcd/joining"
}
other_ctl() { ETCDCTL_API=3 "$lib/etcdctl" --endpoints "$from" --command-timeout=10s --cacert "$T/etcd/server-ca.crt" --cert "$T/etcd/client.crt" --key "$T/etcd/client.key" "$@"; }
promoted() { # until this member votes; a learner does not answer such questions itself
  from=$(setting server | sed 's,^\(https://[^:/]*\).*,\1:2379,')
  while :; do
    mine=$(other_ctl member list 2>/dev/null | grep " $(member),")
    case $mine in *', false') return ;; esac
    other_ctl member promote "${mine%%,*}" >/dev/null 2>&1 && { log info "Promoted learner $(member)"; return; }
    sleep 0.3
  done
}

# ── the service ──
folders() {
  mkdir -p "$S/cred" "$S/db" "$D/agent/images" "$D/agent/containerd" "$D/data/stand-in/bin" /etc/rancher/node "$R" ||
    fatal "extracting data: mkdir $D/data: $(mkdir -p "$D/data" 2>&1 | sed 's/.*: //')"
  chmod 755 /run/k3s
  ln -sfn stand-in "$D/data/current"
  # In K3s they are one process: who holds its ports is always called k3s-server.
  ln -sfn "$lib/etcd" "$D/data/current/bin/k3s-server"
  ln -sfn "$(command -v openssl)" "$R/k3s-server"
  [ -s /etc/rancher/node/password ] || openssl rand -hex 16 >/etc/rancher/node/password
}
prepare() {
  check_config
  log info "Starting k3s $version (stand-in)"
  [ -n "$(ip)" ] || fatal 'unable to select an IP from default routes.'
  ! ss -Hltn 'sport = :6443' 2>/dev/null | grep -q . || fatal 'listen tcp :6443: bind: address already in use'
  folders
  [ -n "$(password)" ] || openssl rand -hex 16 >"$S/token"
  password >"$R/password"
  if joins; then
    join_authorities
  elif [ "$(setting cluster-init)" != true ] && [ ! -d "$S/db/etcd/member/wal" ]; then
    : >"$S/db/state.db"
    fatal 'this stand-in keeps no SQLite: set cluster-init'
  fi
  if [ -f "$S/db/etcd/tombstone" ]; then
    [ -n "$(setting server)" ] || fatal 'starting kubernetes: preparing server: tombstone file has been detected but --server is empty'
  fi
  if [ -d "$S/db/etcd/member/wal" ] && [ ! -s "$T/server-ca.crt" ]; then
    log info 'Reconciling bootstrap data between datastore and disk'
    temporary_etcd
    fetch_authorities
    end_temporary
  fi
  authorities
  leaves
  openssl x509 -checkend 0 -noout -in "$T/server-ca.crt" >/dev/null || fatal "CA cert validation failed: x509: certificate has expired or is not yet valid: current time $(date -u +%Y-%m-%dT%H:%M:%SZ) is after $(ends "$T/server-ca.crt")"
  member >/dev/null
  if joins; then
    join_cluster
  elif [ ! -d "$S/db/etcd/member/wal" ]; then
    log info 'Starting etcd for new cluster, cluster-reset=false'
  else
    rm -f "$S/db/etcd/joining"
    log info 'Managed etcd cluster bootstrap already complete and initialized'
    log info 'Starting etcd for existing cluster member'
  fi
}
ends() { date -u -d "$(openssl x509 -noout -enddate -in "$1" | cut -d = -f 2)" +%Y-%m-%dT%H:%M:%SZ; }
run_etcd() {
  me=$(member) here=$(ip)
  cluster=$me=https://$here:2380 state=new
  [ ! -s "$S/db/etcd/joining" ] || { cluster=$(cat "$S/db/etcd/joining") state=existing; }
  extra=$(listed etcd-arg | sed 's/^/--/')
  # K3s waits five times longer for its votes; here that would only make each start slower.
  # shellcheck disable=SC2086 -- one argument a line
  exec "$D/data/current/bin/k3s-server" --name "$me" --data-dir "$S/db/etcd" \
    --listen-client-urls "https://127.0.0.1:2379,https://$here:2379" --advertise-client-urls "https://$here:2379" \
    --listen-peer-urls "https://127.0.0.1:2380,https://$here:2380" --initial-advertise-peer-urls "https://$here:2380" \
    --initial-cluster "$cluster" --initial-cluster-state $state --listen-metrics-urls http://127.0.0.1:2381 \
    --client-cert-auth --trusted-ca-file "$T/etcd/server-ca.crt" --cert-file "$T/etcd/server-client.crt" --key-file "$T/etcd/server-client.key" \
    --peer-client-cert-auth --peer-trusted-ca-file "$T/etcd/peer-ca.crt" --peer-cert-file "$T/etcd/peer-server-client.crt" --peer-key-file "$T/etcd/peer-server-client.key" \
    --heartbeat-interval 100 --election-timeout 1000 --snapshot-count 10000 --logger zap $extra
}
ready() {
  [ ! -s "$S/db/etcd/joining" ] || promoted
  until said=$(ctl endpoint health 2>&1); do
    log info "Failed to test etcd connection: $(printf %s "$said" | tail -n 1)"
    sleep 1
  done
  urls=$(ctl member list | awk -F ', ' -v me="$(member)" '{ all = all (all == "" ? "" : ", ") $3 "=" $4 } $3 == me { mine = $4 } END { print mine "|" all }')
  [ "${urls%%|*}" = "https://$(ip):2380" ] ||
    fatal "starting kubernetes: preparing server: start managed database: this server is not a member of the etcd cluster. Found [${urls#*|}], expect: $(member)=https://$(ip):2380"
  [ -z "$(ctl alarm list | grep NOSPACE)" ] || { ctl defrag >/dev/null 2>&1; ctl alarm disarm >/dev/null && log info 'NOSPACE disarmed successfully'; }
  check_bootstrap ctl || keep_bootstrap ctl || fatal 'etcdserver: mvcc: database space exceeded'
  hash=$(sha256sum <"$T/server-ca.crt" | cut -c 1-64)
  printf 'K10%s::server:%s\n' "$hash" "$(cat "$R/password")" >"$S/token.new" && mv "$S/token.new" "$S/token" || fatal "open $S/token: no space left on device"
  ln -sfn "$S/token" "$S/node-token"
  ln -sfn "$S/token" "$S/agent-token"
  printf '%s,server,server,k3s:server\n' "$(cat "$R/password")" >"$S/cred/passwd"
  mkdir -p /etc/rancher/k3s
  kubeconfig >/etc/rancher/k3s/k3s.yaml
  chmod "$(setting write-kubeconfig-mode | grep . || echo 0600)" /etc/rancher/k3s/k3s.yaml
  ctl get "/registry/namespaces/kube-system" --print-value-only | grep -q . ||
    printf '{"kind":"Namespace","metadata":{"name":"kube-system","uid":"%s"}}' "$(cat /proc/sys/kernel/random/uuid)" | ctl put /registry/namespaces/kube-system >/dev/null
  register | ctl put "/registry/minions/$(node)" >/dev/null || fatal 'etcdserver: mvcc: database space exceeded'
  for archive in "$D"/agent/images/*; do
    [ -f "$archive" ] || continue
    case $archive in *.tar | *.tar.gz | *.tgz | *.tar.zst | *.tar.bz2 | *.tar.lz4) log info "Importing images from $archive"; log info "Imported images from $archive in 12ms" ;; esac
  done
  rm -f "$S/db/reset-flag"
  mkdir -p "$R/www/db"
  tell_members
  ctl get "/bootstrap/$(short)" --print-value-only >"$R/www/bootstrap-$(short)"
  while ! curl -s -o "$R/pong" --max-time 2 -k https://127.0.0.1:6443/ping; do sleep 0.1; done
  log info 'Kube API server is now running'
  log info 'etcd data store connection OK'
  log info 'k3s is up and running'
}
tell_members() { ctl member list -w json >"$R/www/db/info.new" 2>/dev/null && mv "$R/www/db/info.new" "$R/www/db/info"; }
kubeconfig() {
  printf 'apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority-data: %s\n    server: https://127.0.0.1:6443\n  name: default\ncontexts:\n- context:\n    cluster: default\n    user: default\n  name: default\ncurrent-context: default\nkind: Config\nusers:\n- name: default\n  user:\n    client-certificate-data: %s\n    client-key-data: %s\n' \
    "$(base64 -w0 "$T/server-ca.crt")" "$(base64 -w0 "$T/client-admin.crt")" "$(base64 -w0 "$T/client-admin.key")"
}
register() {
  labels=$(listed node-label | sed 's/^\([^=]*\)=\(.*\)$/,"\1":"\2"/' | tr -d '\n')
  now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
  printf '{"apiVersion":"v1","kind":"Node","metadata":{"name":"%s","creationTimestamp":"%s","labels":{"kubernetes.io/hostname":"%s","node-role.kubernetes.io/control-plane":"true","node-role.kubernetes.io/etcd":"true"%s}},"status":{"addresses":[{"type":"InternalIP","address":"%s"},{"type":"Hostname","address":"%s"}],"conditions":[{"type":"EtcdIsVoter","status":"True","message":"Node is a voting member of the etcd cluster"},{"type":"Ready","status":"True","message":"kubelet is posting ready status"}],"nodeInfo":{"kubeletVersion":"%s","architecture":"amd64","osImage":"%s","kernelVersion":"%s","containerRuntimeVersion":"containerd://2.1.4-k3s1"}}}' \
    "$(node)" "$now" "$(node)" "$labels" "$(ip)" "$(node)" "$version" "$(. /etc/os-release && echo "$PRETTY_NAME")" "$(uname -r)"
}
api() { # a real TLS server on 6443 that answers what anybody may ask
  mkdir -p "$R/www/db" && cd "$R/www" || exit 1
  printf pong >ping
  cp "$T/server-ca.crt" cacerts
  printf ok >readyz
  exec "$R/k3s-server" s_server -accept 6443 -cert "$T/serving-kube-apiserver.crt" -key "$T/serving-kube-apiserver.key" -cert_chain "$T/server-ca.crt" -WWW -quiet >/dev/null 2>&1 </dev/null
}
watch() { # what K3s says over and over when something is wrong
  trap 'kill $sleeping; exit 0' TERM
  while sleep 1 & sleeping=$!; wait $sleeping; do
    tell_members
    beat=$(((${beat:-0} + 1) % 5))
    [ $beat = 0 ] || continue
    for file in serving-kube-apiserver etcd/server-client; do
      openssl x509 -checkend 0 -noout -in "$T/$file.crt" >/dev/null 2>&1 && continue
      log error "Unable to authenticate the request: tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time $(date -u +%Y-%m-%dT%H:%M:%SZ) is after $(ends "$T/$file.crt")"
    done
    said=$(ctl endpoint health 2>&1) || log info "Failed to test etcd connection: $(printf %s "$said" | tail -n 1)"
    ctl alarm list 2>/dev/null | grep -q NOSPACE && log error 'Failed to record snapshots for cluster: etcdserver: mvcc: database space exceeded'
  done
}

# ── reset and restore ──
reset() {
  path= token_given= reset=
  while [ $# -gt 0 ]; do
    case $1 in
      --cluster-reset | --cluster-reset=true) reset=1 ;;
      --cluster-reset-restore-path=*) path=${1#*=} ;;
      --cluster-reset-restore-path) path=$2; shift ;;
      --token=*) token_given=${1#*=} ;;
      --token) token_given=$2; shift ;;
      --token-file=*) token_given=$(cat "${1#*=}") ;;
      --token-file) token_given=$(cat "$2"); shift ;;
      --etcd-s3=false) ;;
      *) fatal "flag provided but not defined: $1" ;;
    esac
    shift
  done
  [ -n "$reset" ] || fatal 'invalid flag use; --cluster-reset required with --cluster-reset-restore-path'
  check_config
  [ -z "$(setting server)" ] || fatal 'cannot perform cluster-reset while server URL is set - remove server from configuration before resetting'
  ! ss -Hltn 'sport = :2379' 2>/dev/null | grep -q . || fatal 'starting kubernetes: preparing server: listen tcp 127.0.0.1:2379: bind: address already in use'
  folders
  [ -n "$(password)" ] || fatal "$S/token does not exist, please pass --token to complete the restoration"
  password >"$R/password"
  stamp=$(date +%s)
  if [ -n "$path" ]; then
    case $path in /*) ;; *) path=$S/$path ;; esac
    [ -e "$path" ] || fatal "etcd: snapshot path does not exist: $path"
    [ -f "$path" ] || fatal "etcd: snapshot path must be a file, not a directory: $path"
    log info 'Pre-restore etcd snapshot'
    rm -rf "$S/db/etcd-tmp"
    me=$(member)
    said=$(ETCDCTL_API=3 "$lib/etcdctl" snapshot restore "$path" --data-dir "$S/db/etcd-tmp" --name "$me" \
      --initial-cluster "$me=https://$(ip):2380" --initial-advertise-peer-urls "https://$(ip):2380" 2>&1) || {
      rm -rf "$S/db/etcd-tmp"
      fatal "starting kubernetes: preparing server: start managed database: $(printf %s "$said" | tail -n 1 | sed 's/^Error: //')"
    }
    printf %s "$me" >"$S/db/etcd-tmp/name"
    [ ! -e "$S/db/etcd/member" ] || mv "$S/db/etcd" "$S/db/etcd-old-$stamp"
    rm -rf "$S/db/etcd" && mv "$S/db/etcd-tmp" "$S/db/etcd"
  else
    [ -d "$S/db/etcd/member" ] || fatal 'etcd datastore is not initialized'
    [ ! -e "$S/db/reset-flag" ] || fatal "Managed etcd cluster membership was previously reset, please remove the cluster-reset flag and start k3s normally. If you need to perform another cluster reset, you must first manually delete the file at $S/db/reset-flag"
  fi
  temporary_etcd --force-new-cluster
  check_bootstrap plain_ctl || fatal 'starting kubernetes: preparing server: no bootstrap data found in datastore - check server token value and verify datastore integrity'
  [ ! -d "$T" ] || mv "$T" "$S/tls-$stamp"
  fetch_authorities
  id=$(plain_ctl member list | cut -d , -f 1)
  plain_ctl member update "$id" --peer-urls "https://$(ip):2380" >/dev/null
  end_temporary
  : >"$S/db/reset-flag"
  done='Managed etcd cluster membership has been reset, restart without --cluster-reset flag now. Backup and delete ${datadir}/server/db on each peer etcd server and rejoin the nodes'
  # Said twice over by releases since autumn 2025, and plainly before.
  if [ "$(printf %s "$version" | cut -d . -f 2)" -ge 34 ]; then log error "Shutdown request received: \"$done\""; else log info "$done"; fi
}

# ── the other commands ──
answers() { # does the server answer? says why not in kubectl's words
  said=$(curl -sS --max-time 10 --cacert "$T/server-ca.crt" https://127.0.0.1:6443/ping 2>&1)
  case $? in
    0) return 0 ;;
    60) echo "Unable to connect to the server: tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time $(date -u +%Y-%m-%dT%H:%M:%SZ) is after $(ends "$T/serving-kube-apiserver.crt")" >&2 ;;
    *) echo 'The connection to the server 127.0.0.1:6443 was refused - did you specify the right host or port?' >&2 ;;
  esac
  return 1
}
kubectl() {
  output= raw= names= all= headers=yes
  [ "$(id -u)" = 0 ] || { echo 'error: error loading config file "/etc/rancher/k3s/k3s.yaml": open /etc/rancher/k3s/k3s.yaml: permission denied' >&2; exit 1; }
  while [ $# -gt 0 ]; do
    case $1 in
      -o | --output) output=$2; shift ;;
      -o?*) output=${1#-o} ;;
      --output=*) output=${1#*=} ;;
      --raw) raw=$2; shift ;;
      --raw=*) raw=${1#*=} ;;
      -n | --namespace | --kubeconfig) shift ;;
      -A | --all-namespaces) all=yes ;;
      --no-headers | --no-headers=true) headers= ;;
      -*) ;;
      *) names="$names $1" ;;
    esac
    shift
  done
  # shellcheck disable=SC2086 -- words
  set -- $names
  answers || exit 1
  case "${1-} ${2-}" in
    'get node'* | 'get no')
      if [ -n "${3-}" ]; then
        found=$(stored "/registry/minions/$3") || exit 1
        [ -n "$found" ] || { echo "Error from server (NotFound): nodes \"$3\" not found" >&2; exit 1; }
        case $output in
          json) printf '%s\n' "$found" ;;
          'jsonpath={.spec.unschedulable}') case $found in *'"unschedulable":true'*) printf true ;; esac ;;
          *) printf '%s\n' "$found" | row ;;
        esac
      elif [ "$output" = json ]; then
        found=$(stored --prefix /registry/minions/) || exit 1
        printf '{"apiVersion":"v1","kind":"List","items":[%s]}\n' "$(printf '%s\n' "$found" | grep . | paste -sd ,)"
      else
        found=$(stored --prefix /registry/minions/) || exit 1
        [ -z "$headers" ] || echo 'NAME   STATUS   ROLES   AGE   VERSION'
        printf '%s\n' "$found" | grep . | row
      fi ;;
    'get pod'* | 'get po')
      found=$(stored --prefix /registry/pods/) || exit 1
      if [ -n "$output" ]; then printf '{"apiVersion":"v1","kind":"List","items":[%s]}\n' "$(printf '%s\n' "$found" | grep . | paste -sd ,)"; else echo 'No resources found' >&2; fi ;;
    'get deployments,statefulsets,daemonsets') # as restores ask: kind, namespace and name, replicas
      for kind in deployments statefulsets daemonsets; do
        found=$(stored --prefix "/registry/$kind/") || exit 1
        printf '%s\n' "$found" | sed -n 's/.*"kind":"\([^"]*\)".*"name":"\([^"]*\)","namespace":"\([^"]*\)".*"replicas":\([0-9]*\).*/\1 \3\/\2 \4/p'
      done ;;
    'get ') # --raw
      case $raw in
        /readyz* | /livez* | /healthz*) stored /registry/namespaces/kube-system >/dev/null || exit 1; printf ok ;;
        /version) printf '{"gitVersion":"%s"}' "$version" ;;
        *) echo "Error from server (NotFound): the server could not find the requested resource" >&2; exit 1 ;;
      esac ;;
    'get namespace'* | 'get ns') stored /registry/namespaces/kube-system ;;
    'cordon '*)
      found=$(stored "/registry/minions/$2") || exit 1
      ctl put "/registry/minions/$2" "$(printf '%s' "$found" | sed 's/^{/{"spec":{"unschedulable":true},/')" >/dev/null && echo "node/$2 cordoned" ;;
    'delete node'*)
      [ -n "$(ctl get "/registry/minions/$3" --print-value-only)" ] || { echo "Error from server (NotFound): nodes \"$3\" not found" >&2; exit 1; }
      ctl del "/registry/minions/$3" >/dev/null && echo "node \"$3\" deleted"
      # K3s takes a server that is deleted out of etcd.
      [ "$3" = "$(node)" ] || for id in $(ctl member list | sed -n "s/^\([0-9a-f]*\), [a-z]*, $3-[0-9a-f]\{8\},.*/\1/p"); do ctl member remove "$id" >/dev/null; done ;;
    *) echo "error: the stand-in does not know: kubectl $*" >&2; exit 1 ;;
  esac
}
stored() { # [--prefix] KEY: its value from etcd; its failure in the API server's words
  said=$(ctl get --print-value-only "$@" 2>&1) && { printf %s "$said"; return 0; }
  case $said in
    *'space exceeded'*) echo 'Error from server: etcdserver: mvcc: database space exceeded' >&2 ;;
    *) echo 'Error from server: etcdserver: request timed out' >&2 ;;
  esac
  return 1
}
row() { sed -n 's/.*"metadata":{"name":"\([^"]*\)".*"kubeletVersion":"\([^"]*\)".*/\1   Ready   control-plane,etcd   1m   \2/p'; }

snapshot() {
  verb=save output=table base=on-demand folder=$(setting etcd-snapshot-dir)
  names=
  while [ $# -gt 0 ]; do
    case $1 in
      save | ls | list | l | delete | prune) verb=$1 ;;
      -o | --output) output=$2; shift ;;
      --output=*) output=${1#*=} ;;
      --name=*) base=${1#*=} ;;
      --name) base=$2; shift ;;
      --dir=*) folder=${1#*=} ;;
      --dir) folder=$2; shift ;;
      -*) ;;
      *) names="$names $1" ;;
    esac
    shift
  done
  default=$S/db/snapshots
  folder=${folder:-$default}
  [ "$(id -u)" = 0 ] || fatal "Error: open $config: permission denied"
  for key in $(sed -n 's/^\([A-Za-z][A-Za-z0-9-]*\):.*/\1/p' "$config" 2>/dev/null); do
    case $key in etcd-snapshot-* | etcd-s3* | data-dir | debug | node-name) ;; *) log warning "Unknown flag --$key found in config.yaml, skipping" ;; esac
  done
  [ -s "$S/token" ] || fatal "Error: $S/token: no such file or directory"
  answers 2>/dev/null || fatal 'Error: failed to get CA certs: Get "https://127.0.0.1:6443/cacerts": dial tcp 127.0.0.1:6443: connect: connection refused'
  case $verb in
    save) save ;;
    delete) for one in $names; do [ -e "$folder/$one" ] && rm -f "$folder/$one" && log info "Snapshot $one deleted." || log warning "Snapshot $one not found."; done ;;
    prune) ;;
    *) snapshots ;;
  esac
}
server_error() { # as K3s: the command has a number, and the server's journal has the reason
  id=$((10000 + $(od -An -N2 -tu2 /dev/urandom)))
  main=$(systemctl show k3s -p MainPID --value 2>/dev/null)
  log error "etcd-snapshot error ID $id: $1" 2>"/proc/${main:-self}/fd/2" || log error "etcd-snapshot error ID $id: $1" 2>&1 | logger -t k3s
  fatal "Error: see server log for details: etcd-snapshot error ID $id"
}
save() {
  if [ "$folder" = "$default" ]; then mkdir -p "$folder"; elif [ ! -d "$folder" ]; then server_error "failed to stat snapshot dir $folder: no such file or directory"; fi
  file=$base-$(node)-$(date +%s)
  while [ -e "$folder/$file" ]; do sleep 0.2; file=$base-$(node)-$(date +%s); done
  said=$(ctl --command-timeout=120s snapshot save "$folder/$file" 2>&1) || {
    rm -f "$folder/$file" "$folder/$file.part"
    server_error "$(printf %s "$said" | tail -n 1 | sed 's/^Error: //')"
  }
  chmod 600 "$folder/$file"
  log info "Snapshot $file saved."
}
snapshots() {
  items= rows=
  for path in "$folder"/*; do
    case $path in *.part) continue ;; esac
    [ -f "$path" ] || continue
    file=${path##*/} size=$(stat -c %s "$path") when=$(date -u -d "@$(stat -c %Y "$path")" +%Y-%m-%dT%H:%M:%SZ)
    items="$items,{\"apiVersion\":\"k3s.cattle.io/v1\",\"kind\":\"ETCDSnapshotFile\",\"metadata\":{\"name\":\"local-$file\",\"annotations\":{\"etcd.k3s.cattle.io/snapshot-token-hash\":\"$(short)\"}},\"spec\":{\"snapshotName\":\"$file\",\"nodeName\":\"$(node)\",\"location\":\"file://$path\"},\"status\":{\"size\":\"$size\",\"creationTime\":\"$when\",\"readyToUse\":true}}"
    rows="$rows$file file://$path $size $when
"
  done
  if [ "$output" = json ]; then printf '{"apiVersion":"v1","kind":"List","items":[%s],"metadata":{}}\n' "${items#,}"; else printf 'Name Location Size Created\n%s' "$rows"; fi
}

certificate() {
  case ${1-} in
    check)
      echo 'FILENAME   SUBJECT   USAGES   EXPIRES   RESIDUAL TIME   STATUS'
      for file in "$T"/*.crt "$T"/etcd/*.crt; do
        if ! openssl x509 -checkend 0 -noout -in "$file" >/dev/null; then status=EXPIRED; elif ! openssl x509 -checkend 10368000 -noout -in "$file" >/dev/null; then status=WARNING; else status=OK; fi
        echo "${file##*/}   $(openssl x509 -noout -subject -in "$file" | sed 's/^subject=//')   ServerAuth,ClientAuth   $(ends "$file")   -   $status"
      done ;;
    rotate)
      ! ss -Hltn 'sport = :6443' | grep -q . || { log warning 'Server is running; stop it before certificates are rotated'; }
      mkdir -p "$S/tls-$(date +%s)"
      for file in "$T"/serving-*.crt "$T"/client-admin.crt "$T"/client-kube-apiserver.crt "$T"/etcd/server-client.crt "$T"/etcd/client.crt "$T"/etcd/peer-server-client.crt "$T"/dynamic-cert.json; do rm -f "$file"; done
      log info 'Successfully rotated all certificates, please restart k3s server or agent to generate new ones' ;;
    *) echo "No help topic for '${1-}'" >&2; exit 3 ;;
  esac
}

# ── an agent: it needs a server that answers and a token of its cluster, and then stays up ──
agent() {
  check_config
  mkdir -p "$R" "$D/agent/containerd" && chmod 755 /run/k3s
  url=$(setting server)
  [ -n "$url" ] || fatal '--server is required'
  password >"$R/password"
  until [ "$(fetch ping)" = pong ]; do
    log error "Failed to validate connection to cluster at $url: connection refused"
    sleep 1
  done
  fetch "bootstrap-$(short)" >/dev/null || log error "Failed to validate connection to cluster at $url: 401 Unauthorized"
  log info "Remotedialer connected to proxy $url"
  log info 'Running kubelet'
  while sleep 5 & wait $!; do :; done
}

verb=${1-}
[ $# -eq 0 ] || shift
case $verb in
  -v | --version) printf 'k3s version %s (stand-in)\ngo version go1.24.6\n' "$version" ;;
  @prepare) prepare ;;
  @etcd) run_etcd ;;
  @ready) ready ;;
  @api) api ;;
  @watch) watch ;;
  @stopped) log info 'Shutdown request received: terminated' ;;
  server) reset "$@" ;;
  agent) agent ;;
  kubectl) kubectl "$@" ;;
  etcd-snapshot) snapshot "$@" ;;
  certificate) certificate "$@" ;;
  crictl | ctr)
    [ -d /run/k3s/stand-in ] || { echo "$verb: cannot access socket /run/k3s/containerd/containerd.sock: no such file or directory" >&2; exit 1; }
    case "${1-}" in pods) cat "$D/agent/containerd/pods.json" 2>/dev/null || echo '{"items":[]}' ;; esac ;;
  '' | help | -h | --help) printf 'NAME:\n   k3s - Kubernetes, but small and simple (stand-in for tests)\n' ;;
  *) echo "No help topic for '$verb'" >&2; exit 3 ;;
esac
