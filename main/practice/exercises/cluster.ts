import { data, oldKept } from './text.ts';
import type { ExerciseText } from './text.ts';

const server = `${data}/server`;
const again = 'journalctl -u k3s -o cat | tail -n 60';

export const clusterExercises: readonly ExerciseText[] = [
  {
    exercise: 'etcd-quota',
    title: 'The datastore has reached its limit',
    goal: 'Let the cluster write again.',
    story:
      'Nothing can be created or changed in the cluster since this morning. The disk has plenty of room.',
    hints: [
      'The journal of K3s says: mvcc: database space exceeded.',
      'K3s tidies its datastore up at every start and lifts the alarm.',
      'systemctl restart k3s',
    ],
    measures: [
      { says: 'The alarm was lifted.', script: `${again} | grep -q "NOSPACE disarmed successfully"` },
    ],
  },
  {
    exercise: 'etcd-corrupt-alarm',
    title: 'etcd raises the alarm',
    goal: 'Let this server join the others again with fresh data.',
    story:
      'Three servers hold the cluster; the two others are well. This one raised the alarm that its data is corrupt.',
    hints: [
      'A restart does not lift this alarm: the data of this server is not to be trusted.',
      'The others hold all data. Move server/db aside and let this server join them.',
      'In config.yaml: take cluster-init out and put server: https://192.168.50.12:6443 in. Then start K3s.',
    ],
    measures: [oldKept],
  },
  {
    exercise: 'wal-torn',
    title: 'A power cut in mid-write',
    goal: 'See that nothing needs repair, and take a snapshot.',
    story: 'The power failed while the datastore was being written. K3s is up again by itself; is all well?',
    hints: [
      'Look for “repaired WAL” in the journal of K3s.',
      'etcd kept the torn log as *.wal.broken and goes on with what was whole.',
      'Take a snapshot now: k3s etcd-snapshot save',
    ],
    measures: [
      {
        says: 'A snapshot was taken after the repair.',
        script: `find ${server}/db/snapshots -type f -newer ${server}/db/etcd/member/wal/0000000000000000-0000000000000000.wal.broken | grep -q .`,
      },
    ],
  },
  {
    exercise: 'wal-corrupt',
    title: 'The log of the datastore is damaged',
    goal: 'Restore the newest snapshot; delete nothing.',
    story:
      'The node stood in water and was dried. It boots, but etcd cannot read its log, and there is no other server.',
    hints: [
      'Keep what is there: stop K3s and move server/db/etcd aside.',
      'The newest snapshot lies in /var/lib/rancher/k3s/server/db/snapshots.',
      'k3s server --cluster-reset --cluster-reset-restore-path=/FULL/PATH, then systemctl enable --now k3s.',
    ],
    measures: [oldKept],
  },
  {
    exercise: 'bbolt-corrupt',
    title: 'The file of the datastore is damaged',
    goal: 'Restore the newest snapshot; delete nothing.',
    story:
      'After a brown-out K3s does not start. etcd panics over its own file, and there is no other server.',
    hints: [
      'The journal says failed to open database: the file itself is damaged, its log does not matter.',
      'Stop K3s, move server/db/etcd aside, and look for the newest snapshot in server/db/snapshots.',
      'k3s server --cluster-reset --cluster-reset-restore-path=/FULL/PATH, then systemctl enable --now k3s.',
    ],
    measures: [oldKept],
  },
  {
    exercise: 'log-lost',
    title: 'This server forgot what it promised',
    goal: 'Let this server join the others again with fresh data.',
    story:
      'The card of this server lies about what it has written. After a power cut etcd lacks entries it had confirmed to the two others.',
    hints: [
      'tocommit is out of range: this server’s data must not be used again.',
      'The two others hold everything. Move server/db aside.',
      'In config.yaml: take cluster-init out and put server: https://192.168.50.12:6443 in. Then start K3s.',
    ],
    measures: [oldKept],
  },
  {
    exercise: 'lost-quorum',
    title: 'The last one standing',
    goal: 'Bring the cluster up on this server alone.',
    story:
      'Lightning took two of three servers; they are gone for good. This one waits for a leader that will never come.',
    hints: [
      'First ask whether the others can come back. Here they cannot.',
      'A cluster can be reset to one server, which keeps its data. K3s must be stopped first.',
      'systemctl stop k3s; k3s server --cluster-reset; systemctl start k3s',
    ],
    measures: [
      {
        says: 'The data was kept: nothing was restored or begun anew.',
        script: `[ -s ${server}/db/etcd/member/snap/db ]`,
      },
    ],
  },
  {
    exercise: 'removed-member',
    title: 'Removed, and back again',
    goal: 'Let this server join its cluster again.',
    story:
      'A colleague removed this server from the cluster while it was broken. It is mended now, and refuses to start.',
    hints: [
      'A tombstone file marks it as removed. Deleting that file is not the way.',
      'It must be told whom to join, and must not begin a cluster of its own.',
      'In config.yaml: take cluster-init out and put server: https://192.168.50.12:6443 in. Then start K3s.',
    ],
    measures: [
      {
        says: 'The old data was set aside and not deleted.',
        script: `find ${server}/db -path '*etcd-backup*' -o -path '*old*' | grep -q . || ls -d ${server}/db-* >/dev/null 2>&1`,
      },
    ],
  },
  {
    exercise: 'bad-token',
    title: 'The wrong token',
    goal: 'Let this server join its cluster.',
    story:
      'A new server is to join. Its token was copied from another site’s sheet; the right one lies in /root/token-of-this-site.txt.',
    hints: [
      'The journal compares two hashes: the token belongs to another cluster.',
      'The token stands in /etc/rancher/k3s/config.yaml.',
      'Put the right one there, the whole line beginning with K10, and start K3s.',
    ],
    measures: [],
  },
  {
    exercise: 'token-differs',
    title: 'A token that does not fit the data',
    goal: 'Give this server the token its datastore was made with.',
    story:
      'Somebody “improved” the configuration of this server and put a new token in. Since the next restart K3s does not start.',
    hints: [
      'The datastore is whole: only the token in the configuration does not open it.',
      'The right token still lies in /var/lib/rancher/k3s/server/token.',
      'Take the token line out of config.yaml, or put the right one there.',
    ],
    measures: [],
  },
  {
    exercise: 'duplicate-name',
    title: 'The cluster knows another one of that name',
    goal: 'Let this node join under its own name.',
    story:
      'This node was installed anew, and the cluster remembers its name with an older password. A copy of the old one lies in /root/backup.',
    hints: [
      'Node password rejected: the file is /etc/rancher/node/password.',
      'Put the old password back from /root/backup, or give the node another name.',
      'cp /root/backup/etc-rancher-node-password /etc/rancher/node/password, then start K3s.',
    ],
    measures: [],
  },
  {
    exercise: 'config-typo',
    title: 'A slip in the configuration',
    goal: 'Mend the configuration, and keep everything else in it.',
    story: 'An address was added to the configuration last night, in a hurry. K3s does not start any more.',
    hints: [
      'The journal names the line that cannot be read.',
      'Look at the spaces before the dashes in /etc/rancher/k3s/config.yaml.',
      'Both dashes below tls-san must stand in the same column.',
    ],
    measures: [
      {
        says: 'Both names are still in the configuration.',
        script:
          'grep -q k3s.site /etc/rancher/k3s/config.yaml && grep -q 192.168.50.11 /etc/rancher/k3s/config.yaml',
      },
      {
        says: 'The rest of the configuration is as it was.',
        script:
          'grep -q "^cluster-init: true" /etc/rancher/k3s/config.yaml && grep -q "^secrets-encryption: true" /etc/rancher/k3s/config.yaml',
      },
    ],
  },
  {
    exercise: 'ip-changed',
    title: 'The router gave another address',
    goal: 'Give the node its old address back, for good.',
    story:
      'The router was replaced, and hands out other addresses. The datastore knows this server by 192.168.50.11 only.',
    hints: [
      'ip addr shows the address of today; the journal of K3s names both.',
      'Best is the old address, set by hand: a file in /etc/systemd/network.',
      '[Match] Name=eth0, [Network] Address=192.168.50.11/24 and Gateway=192.168.50.1; then networkctl reload and start K3s.',
    ],
    measures: [],
  },
  {
    exercise: 'no-default-route',
    title: 'No way out',
    goal: 'Give the node a default route again.',
    story:
      'The station’s router is gone for repair, and with it the default route. K3s cannot tell its own address.',
    hints: [
      'ip route shows no line that begins with default.',
      'Any address of the LAN will do as a gateway, even one that is not there.',
      'ip route add default via 192.168.50.1, then start K3s.',
    ],
    measures: [{ says: 'There is a default route.', script: 'ip route | grep -q ^default' }],
  },
  {
    exercise: 'port-taken',
    title: 'Somebody sits on the port',
    goal: 'Free the port K3s needs, so that it stays free.',
    story:
      'A load balancer was meant for another machine and ended up on this one. K3s says an address is in use.',
    hints: [
      'Who listens on 6443: ss -ltnp',
      'It is haproxy, and it would come back after a reboot.',
      'systemctl disable --now haproxy, then start K3s.',
    ],
    measures: [
      {
        says: 'Nothing else listens on port 6443.',
        script: '! ss -Hltnp | grep :6443 | grep -qv k3s',
      },
    ],
  },
];
