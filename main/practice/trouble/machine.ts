import { failing, largeFile, repeated, serverFolder, stopK3s, unit } from './bring.ts';
import type { Node, Trouble } from './bring.ts';

const gib = 2 ** 30;

/** Fills the disk to the last block: with what a node collects over the years, and with a camera's films. */
function fill(node: Node): void {
  const { tree, identity } = node.station;
  const seconds = Math.floor(node.station.now() / 1000);
  largeFile(node, `${serverFolder}/db/etcd-old-${seconds - 5_000_000}/member/snap/db`, 1.9 * gib);
  largeFile(node, `${serverFolder}/db/etcd-backup-${seconds - 9_000_000}/member/snap/db`, 1.4 * gib);
  largeFile(node, '/var/lib/rancher/k3s/agent/images/k3s-airgap-images-amd64-v1.30.4.tar', 0.8 * gib);
  for (const n of [1, 2, 3])
    largeFile(node, `/var/log/journal/${identity.machineId}/system@00061f${n}a2c4.journal`, 1.1 * gib);
  largeFile(node, '/srv/camera/2026-10-film.mkv', tree.free - 64 * 1024);
}

export const machineTroubles: readonly Trouble[] = [
  {
    exercise: 'disk-full',
    async bring(node) {
      await stopK3s(node);
      fill(node);
      await failing(node);
    },
  },
  {
    exercise: 'inodes-full',
    async bring(node) {
      await stopK3s(node);
      const { tree } = node.station;
      const files = 50;
      for (let n = 0; n < files; n += 1)
        tree.write(`/var/lib/site-sensor/queue/reading-${1000 + n}.json`, '{}\n');
      const each = Math.floor((tree.inodesFree - 4) / files);
      for (let n = 0; n < files; n += 1) {
        const found = tree.peek(`/var/lib/site-sensor/queue/reading-${1000 + n}.json`);
        if (found) tree.claim(found, 0, n === 0 ? tree.inodesFree - 3 - each * (files - 1) : each);
      }
      await failing(node);
    },
  },
  {
    exercise: 'certificate-expired',
    age: 400,
    async bring(node) {
      const late = node.k3s.trouble ?? '';
      repeated(
        node,
        [
          `time="NOW" level=error msg="Failed to connect to proxy: ${late}"`,
          `E1013 09:12:44.120 authentication.go:73] "Unable to authenticate the request" err="verifying certificate SN=1 failed: ${late.replace('tls: failed to verify certificate: ', '')}"`,
        ],
        30,
        6,
      );
    },
  },
  {
    exercise: 'clock-wrong',
    async bring(node) {
      await stopK3s(node);
      const then = Date.UTC(2020, 0, 1, 0, 0, 20);
      node.set({ clockOffsetMs: then - node.station.clock.now().getTime() });
      node.station.identity.bootedAt = node.station.now() - 20_000;
      node.station.identity.bootId = node.station.chance.uuid();
      await node.run('timedatectl set-ntp false');
      node.station.log(
        '',
        'kernel',
        'rtc_cmos 00:00: setting system clock to 2020-01-01T00:00:00 UTC (1577836800)',
        { pid: 0 },
      );
      await failing(node);
    },
  },
  {
    exercise: 'card-read-only',
    async bring(node) {
      await stopK3s(node);
      node.set({ disk: 'card' });
      const kernel = (text: string, priority = 3): void =>
        node.station.log('', 'kernel', text, { pid: 0, priority });
      kernel('mmc0: error -110 whilst sending status', 4);
      kernel('I/O error, dev mmcblk0, sector 2396168 op 0x1:(WRITE) flags 0x800 phys_seg 1 prio class 2');
      kernel(
        'EXT4-fs error (device mmcblk0p2): ext4_journal_check_start:84: comm k3s-server: Detected aborted journal',
      );
      kernel('EXT4-fs (mmcblk0p2): Remounting filesystem read-only', 2);
      node.set({ readOnlyRoot: true });
      await failing(node);
    },
  },
  {
    exercise: 'slow-disk',
    async bring(node) {
      const { tree, services } = node.station;
      tree.write(
        '/etc/systemd/system/site-camera.service',
        '[Unit]\nDescription=Camera recorder\n[Service]\nExecStart=/usr/local/bin/record --to /srv/camera --sync\n[Install]\nWantedBy=multi-user.target\n',
      );
      services.enable('site-camera');
      const camera = services.unit('site-camera');
      if (camera) await services.start(camera, services.closing.signal);
      repeated(
        node,
        [
          '{"level":"warn","ts":"NOW","caller":"wal/wal.go:805","msg":"slow fdatasync","took":"2.71s","expected-duration":"1s"}',
          '{"level":"warn","ts":"NOW","caller":"txn/util.go:93","msg":"apply request took too long","took":"3.2s","expected-duration":"100ms"}',
          '{"level":"warn","ts":"NOW","caller":"etcdserver/raft.go:416","msg":"leader failed to send out heartbeat on time; took too long, leader is overloaded likely from slow disk","to":"91bc3c398fb3c146","heartbeat-interval":"500ms","expected-duration":"1s","exceeded-duration":"1.7s"}',
        ],
        15,
        12,
      );
    },
  },
  {
    exercise: 'containerd-corrupt',
    async bring(node) {
      await stopK3s(node);
      node.station.tree.write(
        '/var/lib/rancher/k3s/agent/containerd/io.containerd.metadata.v1.bolt/meta.db',
        node.station.chance.bytes(4096),
        0o600,
      );
      await failing(node);
    },
  },
  {
    exercise: 'image-missing',
    async bring(node) {
      await stopK3s(node);
      const { tree } = node.station;
      const from = '/var/lib/rancher/k3s/agent/images';
      const [name = ''] = tree.list(from, { uid: 0, gid: 0, groups: [0] }).map(([each]) => each);
      tree.makeFolders('/media/stick', 0o755, { uid: 0, gid: 0, groups: [0] });
      tree.rename(`${from}/${name}`, `/media/stick/${name}`, { uid: 0, gid: 0, groups: [0] });
      await node.station.services.start(unit(node), node.station.services.closing.signal);
      repeated(
        node,
        [
          'E1013 09:12:44.120 kuberuntime_manager.go:1341] "Failed to create pod sandbox" err="rpc error: code = Unknown desc = failed to get sandbox image \\"rancher/mirrored-pause:3.6\\": failed to pull image \\"rancher/mirrored-pause:3.6\\": dial tcp: lookup registry-1.docker.io: no such host"',
          'E1013 09:12:45.311 pod_workers.go:1301] "Error syncing pod, skipping" err="failed to \\"StartContainer\\" for \\"coredns\\" with ImagePullBackOff: \\"Back-off pulling image \\\\\\"rancher/mirrored-coredns-coredns:1.12.3\\\\\\"\\"" pod="kube-system/coredns-6799fbcd5-x2x7q"',
        ],
        20,
        6,
      );
    },
  },
  {
    exercise: 'cgroup-missing',
    async bring(node) {
      await stopK3s(node);
      node.station.tree.write(
        '/boot/firmware/cmdline.txt',
        'console=serial0,115200 console=tty1 root=PARTUUID=ac4c1e7c-02 rootfstype=ext4 fsck.repair=yes rootwait\n',
      );
      node.set({ cgroups: 'v2-without-memory' });
      await failing(node);
    },
  },
  {
    exercise: 'cgroup-v1',
    async bring(node) {
      await stopK3s(node);
      const { tree } = node.station;
      const binary = Buffer.from(tree.read('/usr/local/bin/k3s'), 'latin1').toString('latin1');
      tree.write(
        '/usr/local/bin/k3s',
        Buffer.from(binary.replace(/v1\.33\.\d/g, 'v1.35.1'), 'latin1'),
        0o755,
      );
      tree.write(
        '/etc/default/grub',
        'GRUB_DEFAULT=0\nGRUB_TIMEOUT=5\nGRUB_CMDLINE_LINUX_DEFAULT="systemd.unified_cgroup_hierarchy=0"\nGRUB_CMDLINE_LINUX="console=tty0 console=ttyS0,115200n8"\n',
      );
      node.set({ cgroups: 'v1' });
      await failing(node);
    },
  },
  {
    exercise: 'emergency-fstab',
    async bring(node) {
      const { tree } = node.station;
      tree.write('/etc/fstab', `${tree.read('/etc/fstab')}LABEL=data /srv/data ext4 defaults 0 2\n`);
      node.station.reboot();
    },
  },
];
