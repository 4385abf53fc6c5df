import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { causes } from '../../preload/contract/doctor.ts';
import type { Cause } from '../../preload/contract/doctor.ts';
import { exerciseNames } from '../../preload/contract/exercises.ts';
import { troubles } from '../../main/practice/trouble/all.ts';
import type { PracticeStation } from '../../main/practice/station.ts';
import { station } from './station.ts';

const server = '/var/lib/rancher/k3s/server';
const restore = `systemctl stop k3s; mkdir -p /root/kept; mv ${server}/db/etcd /root/kept/etcd; k3s server --cluster-reset --cluster-reset-restore-path=$(ls ${server}/db/snapshots/* | tail -n 1) && systemctl start k3s`;
const rejoin = `systemctl stop k3s; mv ${server}/db ${server}/db-old; sed -i 's/^cluster-init:.*//' /etc/rancher/k3s/config.yaml; echo 'server: https://192.168.50.12:6443' >>/etc/rancher/k3s/config.yaml; systemctl start k3s`;

/** What shows a cause, the words of K3s or the kernel for it, and what a technician types to cure it. */
const cases: Readonly<Record<Cause, { look?: string; shows: RegExp; cure: string; instead?: string }>> = {
  'disk-full': {
    look: 'df -P / | tail -n 1; journalctl -u k3s -o cat',
    shows: /100% \/\n[^]*no space left on device/,
    cure: `rm -rf ${server}/db/etcd-old-*; journalctl --vacuum-size=200M; systemctl restart k3s`,
    instead: 'rm -f /var/log/nothing; systemctl restart k3s',
  },
  'inodes-full': {
    look: 'df -Pi / | tail -n 1; df -P / | tail -n 1; journalctl -u k3s -o cat',
    shows: /100% \/\n.* [1-4]\d% \/\n[^]*no space left on device/,
    cure: 'rm -rf /var/lib/site-sensor/queue; systemctl restart k3s',
  },
  'etcd-quota': {
    shows: /mvcc: database space exceeded/,
    cure: 'systemctl restart k3s; journalctl -u k3s -o cat -n 40 | grep -q "NOSPACE disarmed successfully"',
  },
  'etcd-corrupt-alarm': {
    shows: /CORRUPT alarm must be disarmed manually/,
    cure: rejoin,
    instead: 'systemctl restart k3s',
  },
  'wal-torn': {
    look: `journalctl -u k3s -o cat; ls ${server}/db/etcd/member/wal; systemctl is-active k3s`,
    shows: /"repaired WAL"[^]*\.wal\.broken\nactive/,
    cure: 'k3s etcd-snapshot save',
  },
  'wal-corrupt': {
    shows: /failed to read WAL, cannot be repaired[^]*walpb: crc mismatch/,
    cure: restore,
    instead: 'systemctl restart k3s',
  },
  'bbolt-corrupt': {
    shows: /failed to open database[^]*freepages: failed to get all reachable pages/,
    cure: restore,
    instead: 'systemctl restart k3s',
  },
  'log-lost': {
    shows: /tocommit\(4242\) is out of range \[lastIndex\(4100\)\]/,
    cure: rejoin,
    instead: 'systemctl restart k3s',
  },
  'certificate-expired': {
    look: 'systemctl is-active k3s; k3s certificate check; k3s kubectl get nodes 2>&1',
    shows:
      /^active\n[^]*EXPIRED[^]*x509: certificate has expired or is not yet valid: current time \S+ is after/,
    cure: 'systemctl restart k3s',
  },
  'clock-wrong': {
    look: 'date -u +%Y; journalctl -u k3s -o cat',
    shows: /^2020\n[^]*current time 2020-01-01T\S+ is before 20[2-9]\d-/,
    cure: 'systemctl stop k3s; timedatectl set-ntp false; timedatectl set-time "$(cat /tmp/laptop)"; hwclock -w; systemctl start k3s',
    instead: 'systemctl restart k3s',
  },
  'lost-quorum': {
    look: 'systemctl is-active k3s; journalctl -u k3s -o cat',
    shows: /^activating\n[^]*starting a new election at term[^]*etcdserver: no leader/,
    cure: 'systemctl stop k3s; k3s server --cluster-reset && systemctl start k3s',
  },
  'ip-changed': {
    shows:
      /is not a member of the etcd cluster\. Found \[\S+=https:\/\/192\.168\.50\.11:2380\], expect: \S+=https:\/\/192\.168\.50\.77:2380/,
    cure: 'mkdir -p /etc/systemd/network; printf "[Match]\\nName=eth0\\n[Network]\\nAddress=192.168.50.11/24\\nGateway=192.168.50.1\\n" >/etc/systemd/network/10-lan.network; networkctl reload; systemctl restart k3s',
    instead: 'systemctl restart k3s',
  },
  'bad-token': {
    shows: /token CA hash does not match the Cluster CA certificate hash/,
    cure: 'printf "server: https://192.168.50.12:6443\\ntoken: %s\\n" "$(cat /root/token-of-this-site.txt)" >/etc/rancher/k3s/config.yaml; systemctl restart k3s',
    instead: 'systemctl restart k3s',
  },
  'token-differs': {
    shows: /bootstrap data already found and encrypted with different token/,
    cure: 'sed -i /^token:/d /etc/rancher/k3s/config.yaml; systemctl restart k3s',
    instead: 'systemctl restart k3s',
  },
  'duplicate-name': {
    shows: /Node password rejected, duplicate hostname/,
    cure: 'cp /root/backup/etc-rancher-node-password /etc/rancher/node/password; systemctl restart k3s',
    instead: 'systemctl restart k3s',
  },
  'card-read-only': {
    look: 'dmesg; grep " / " /proc/mounts; touch /root/x 2>&1; journalctl -u k3s -o cat',
    shows:
      /Remounting filesystem read-only[^]* \/ ext4 ro,[^]*Read-only file system[^]*read-only file system/,
    cure: '',
  },
  'slow-disk': {
    shows: /slow fdatasync[^]*likely from slow disk/,
    cure: 'systemctl disable --now site-camera; systemctl restart k3s',
  },
  'containerd-corrupt': {
    look: 'journalctl -u k3s -o cat; cat /var/lib/rancher/k3s/agent/containerd/containerd.log',
    shows: /containerd exited:[^]*Failed to run CRI service/,
    cure: 'systemctl stop k3s; mv /var/lib/rancher/k3s/agent/containerd /var/lib/rancher/k3s/agent/containerd.bad; systemctl start k3s',
    instead: 'systemctl restart k3s',
  },
  'image-missing': {
    look: 'journalctl -u k3s -o cat; k3s kubectl get pods -A',
    shows: /lookup registry-1\.docker\.io: no such host[^]*ImagePullBackOff/,
    cure: 'cp /media/stick/* /var/lib/rancher/k3s/agent/images/; systemctl restart k3s; sleep 1; ! k3s kubectl get pods -A | grep ImagePull',
  },
  'cgroup-missing': {
    shows: /failed to find memory cgroup/,
    cure: 'sed -i "s/$/ cgroup_memory=1 cgroup_enable=memory/" /boot/firmware/cmdline.txt; reboot',
    instead: 'systemctl restart k3s',
  },
  'cgroup-v1': {
    shows: /kubelet is configured to not run on a host using cgroup v1/,
    cure: 'sed -i s/hierarchy=0/hierarchy=1/ /etc/default/grub; update-grub; reboot',
    instead: 'systemctl restart k3s',
  },
  'no-default-route': {
    look: 'ip route; journalctl -u k3s -o cat',
    shows: /unable to select an IP from default routes/,
    cure: 'ip route add default via 192.168.50.1; systemctl restart k3s',
    instead: 'systemctl restart k3s',
  },
  'config-typo': {
    shows: /level=fatal msg="yaml: /,
    cure: 'sed -i "s/^ - 192/  - 192/" /etc/rancher/k3s/config.yaml; systemctl restart k3s',
    instead: 'systemctl restart k3s',
  },
  'removed-member': {
    shows: /tombstone file has been detected/,
    cure: `sed -i 's/^cluster-init:.*//' /etc/rancher/k3s/config.yaml; echo 'server: https://192.168.50.12:6443' >>/etc/rancher/k3s/config.yaml; systemctl restart k3s; ls -d ${server}/db/etcd-backup-*`,
    instead: 'systemctl restart k3s',
  },
  'port-taken': {
    look: 'ss -Hltnp; journalctl -u k3s -o cat',
    shows: /:6443[^\n]*haproxy[^]*bind: address already in use/,
    cure: 'systemctl disable --now haproxy; systemctl restart k3s',
    instead: 'systemctl restart k3s',
  },
  'emergency-fstab': {
    look: 'systemctl is-system-running; journalctl -b -o cat',
    shows:
      /^maintenance\n[^]*Timed out waiting for device[^]*Dependency failed for[^]*You are in emergency mode/,
    cure: 'sed -i s/defaults/nofail/ /etc/fstab; systemctl default',
  },
};

const active = async (practice: PracticeStation): Promise<string> =>
  (await practice.run('systemctl is-active k3s')).stdout.trim();

async function becomesActive(practice: PracticeStation): Promise<void> {
  for (let turn = 0; turn < 60 && (await active(practice)) !== 'active'; turn += 1)
    await practice.node.clock.sleep(50);
  const { stdout } = await practice.run('journalctl -u k3s -o cat -n 12');
  assert.equal(await active(practice), 'active', stdout);
}

test('there is a way to break the node for every cause the doctor knows, and for every restore', () => {
  assert.deepEqual([...troubles.keys()].sort(), [...exerciseNames].sort());
});

describe('every cause', { concurrency: 6 }, () => {
  for (const cause of causes)
    test(`${cause} shows as on a real node, and its true remedy cures it`, async t => {
      const practice = await station(t);
      practice.serial.side.pace = 0.02;
      await practice.breakWith(cause);
      practice.set({ k3sStartMs: 40, k3sReadyMs: 40 });
      while (practice.node.stage === 'boot') await practice.node.clock.sleep(20);
      const { look = 'journalctl -u k3s -o cat', shows, cure, instead } = cases[cause];
      const { stdout } = await practice.run(look);
      assert.match(stdout, shows);
      if (instead !== undefined) {
        await practice.run(instead);
        assert.notEqual(await active(practice), 'active', 'a wrong remedy cures nothing');
      }
      if (cure === '') return;
      practice.node.tree.write('/tmp/laptop', new Date().toISOString().slice(0, 19).replace('T', ' '));
      const ran = await practice.run(cure);
      assert.equal(ran.status, 0, ran.stdout + ran.stderr);
      await becomesActive(practice);
      assert.equal(
        practice.node.reachable || cause.startsWith('cgroup') || cause === 'emergency-fstab',
        true,
      );
    });
});
