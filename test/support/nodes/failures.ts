import type { RealNode } from './node.ts';

/**
 * Breaks a node with a running K3s (`runningK3s`) as it breaks in the field, and waits until its journal has had time to
 * say so. Everything is real: real etcd, real certificates, a really full disk.
 */
const db = '/var/lib/rancher/k3s/server/db/etcd/member';
const tls = '/var/lib/rancher/k3s/server/tls';

/** Starts K3s and waits until it has failed for the first time (or, where it must, keeps failing). */
const failsToStart = `systemctl start --no-block k3s
for n in $(seq 150); do [ "$(systemctl show k3s -p NRestarts --value)" != 0 ] && exit 0; sleep 0.2; done
echo 'K3s did not fail' >&2; exit 1`;

/** Waits until the journal of K3s says this. */
const says = (text: string, seconds = 40): string =>
  `for n in $(seq ${seconds * 5}); do journalctl -u k3s -o cat -q | grep -qF -- '${text}' && exit 0; sleep 0.2; done
journalctl -u k3s -o cat -n 20; exit 1`;

/** Some entries of the write-ahead log are overwritten: a card that lies about what it stored. */
export const corruptWal = (node: RealNode): Promise<string> =>
  node.done(`systemctl stop k3s
file=$(ls ${db}/wal/*.wal | head -n 1)
printf 'frozen frozen frozen frozen' | dd of="$file" bs=1 seek=300 conv=notrunc status=none
${failsToStart}`);

/** The last entry is half written, as a power cut leaves it: etcd repairs that by itself. */
export const tornWal = (node: RealNode): Promise<string> =>
  node.done(`systemctl kill -s KILL k3s; systemctl stop k3s
file=$(ls ${db}/wal/*.wal | tail -n 1)
# Everything after the last entry is zeros; cut into that entry.
end=$(od -An -v -tx1 -w8 "$file" | awk '/[1-9a-f]/ {last = NR} END {print last * 8}')
truncate -s $((end - 5)) "$file"
systemctl start --no-block k3s
${says('repair')}`);

/** Pages in the middle of the database file are overwritten. */
export const corruptDatabase = (node: RealNode): Promise<string> =>
  node.done(`systemctl stop k3s
for page in 0 1 2 3 4 5; do
  printf 'FROZEN%.0s' 1 2 3 4 5 6 7 8 | dd of=${db}/snap/db bs=1 seek=$((page * 4096)) conv=notrunc status=none
done
${failsToStart}`);

/** etcd's own limit is reached. Wants a small `quota-backend-bytes` as `etcd-arg`. */
export const fillQuota = (node: RealNode): Promise<string> =>
  node.done(`t=${tls}/etcd
head -c 400000 /dev/urandom | base64 -w0 >/run/big
for n in $(seq 60); do
  ETCDCTL_API=3 /usr/local/lib/stand-in/etcdctl --cacert $t/server-ca.crt --cert $t/client.crt --key $t/client.key \\
    put "/registry/events/$n" </run/big >/dev/null 2>&1 || break
done
rm -f /run/big
${says('database space exceeded')}`);

/** No byte is left, while K3s runs and when it starts again. */
export const fillDisk = (node: RealNode): Promise<string> =>
  node.done(`systemctl stop k3s
dd if=/dev/zero of=/var/fill bs=1M >/dev/null 2>&1 || true
${failsToStart}`);

/** All leaf certificates ended yesterday while K3s ran: it renews them only when it starts. */
export const expireCertificates = (node: RealNode): Promise<string> =>
  node.done(`cd /run && rm -rf expire && mkdir expire && cd expire
yesterday=$(date -u -d yesterday +%y%m%d%H%M%SZ); before=$(date -u -d '400 days ago' +%y%m%d%H%M%SZ)
sign() { # CA LEAF
  : >index; echo 01 >serial
  printf '[ca]\\ndefault_ca=c\\n[c]\\ndatabase=index\\nserial=serial\\nnew_certs_dir=.\\ndefault_md=sha256\\npolicy=p\\ncopy_extensions=copyall\\nunique_subject=no\\n[p]\\norganizationName=optional\\ncommonName=supplied\\n' >conf
  names=$(openssl x509 -noout -ext subjectAltName -in ${tls}/$2.crt 2>/dev/null | tail -n 1 | sed 's/IP Address:/IP:/g; s/ //g')
  printf 'extendedKeyUsage=serverAuth,clientAuth\\n%s\\n' "\${names:+subjectAltName=$names}" >ext
  openssl req -new -key ${tls}/$2.key -subj "/CN=$(basename $2)" -out csr 2>/dev/null
  openssl ca -batch -config conf -cert ${tls}/$1.crt -keyfile ${tls}/$1.key -startdate "$before" -enddate "$yesterday" \\
    -extfile ext -in csr -out new -notext 2>err || { cat err >&2; exit 1; }
  cp new ${tls}/$2.crt
}
sign server-ca serving-kube-apiserver
sign client-ca client-admin
sign etcd/server-ca etcd/server-client
sign etcd/server-ca etcd/client
pkill -f '[k]3s-server s_server'
cd /; rm -rf /run/expire
${says('x509: certificate has expired')}`);

/** The configuration has another token than the datastore. */
export const otherToken = (node: RealNode): Promise<string> =>
  node.done(`systemctl stop k3s
sed -i 's/^token:.*/token: "ffffffffffffffffffffffffffffffff"/' /etc/rancher/k3s/config.yaml
${failsToStart}`);

/** The node has another address than its datastore was made with. */
export const changeAddress = (node: RealNode): Promise<string> =>
  node.done(`systemctl stop k3s
ip addr add 10.0.1.222/24 dev eth0
sed -i 's/^node-ip:.*/node-ip: "10.0.1.222"/' /etc/rancher/k3s/config.yaml
${failsToStart}`);

/** Somebody else holds the API's port. */
export const takePort = (node: RealNode): Promise<string> =>
  node.done(`systemctl stop k3s
systemd-run --quiet --unit=other openssl s_server -accept 6443 -nocert -cipher ALL:@SECLEVEL=0
sleep 0.5
${failsToStart}`);

/** A line of config.yaml that is no YAML. */
export const breakConfig = (node: RealNode): Promise<string> =>
  node.done(`systemctl stop k3s
echo 'node-label "colour=red' >>/etc/rancher/k3s/config.yaml
${failsToStart}`);

/**
 * The cluster gets a second member that never comes: one of two is no majority, and everything stands still. Given half a
 * minute, because every healthy start is without a leader for a moment.
 */
export const loseQuorum = (node: RealNode): Promise<string> =>
  node.done(`t=${tls}/etcd
ETCDCTL_API=3 /usr/local/lib/stand-in/etcdctl --cacert $t/server-ca.crt --cert $t/client.crt --key $t/client.key \\
  member add ghost --peer-urls=https://10.0.1.250:2380 >/dev/null
sleep 35
journalctl -u k3s -o cat -q | tail -n 40 | grep -qF 'is starting a new election at term'`);

/** No way out of the node, and no address in the configuration: K3s does not know who it is. */
export const dropRoute = (node: RealNode): Promise<string> =>
  node.done(`systemctl stop k3s
sed -i '/^node-ip:/d' /etc/rancher/k3s/config.yaml
ip route del default
${failsToStart}`);
