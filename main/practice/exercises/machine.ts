import { data } from './text.ts';
import type { ExerciseText } from './text.ts';

const server = `${data}/server`;
const usual = 'Bring K3s back without losing what the cluster knows.';

export const machineExercises: readonly ExerciseText[] = [
  {
    exercise: 'disk-full',
    title: 'The disk is full',
    goal: usual,
    story:
      'The camera of the station has filmed for months, and nobody looked at the disk. Since last night K3s does not start.',
    hints: [
      'Look first how full the disk is: df -h /',
      'K3s keeps old copies of its datastore beside the live one: ls -d /var/lib/rancher/k3s/server/db/*',
      'Old logs go with journalctl --vacuum-size=200M. Never delete anything inside db/etcd itself.',
    ],
    measures: [
      {
        says: 'At least 1 GB of the disk is free.',
        script: `[ "$(df -P / | awk 'NR==2 {print $4}')" -gt 1000000 ]`,
      },
      { says: 'The live datastore is where it was.', script: `[ -s ${server}/db/etcd/member/snap/db ]` },
    ],
  },
  {
    exercise: 'inodes-full',
    title: 'No further file fits',
    goal: usual,
    story:
      'A sensor writes a file for every reading and cannot send them. The disk looks half empty, and still nothing can be written.',
    hints: [
      'Bytes are not everything: df -i /',
      'Find the folder with very many small files: du --inodes / | sort -n | tail',
      'The readings lie in /var/lib/site-sensor/queue. They are not needed.',
    ],
    measures: [
      {
        says: 'A thousand more files fit on the disk.',
        script: `[ "$(df -Pi / | awk 'NR==2 {print $4}')" -gt 1000 ]`,
      },
    ],
  },
  {
    exercise: 'certificate-expired',
    title: 'Certificates have run out',
    goal: 'Let K3s make its certificates anew, and keep the cluster.',
    story:
      'This node has run for more than a year without a restart. Since today nobody can talk to the cluster.',
    hints: [
      'Ask for the dates: k3s certificate check --output table',
      'K3s makes certificates anew when it starts, if they are about to run out.',
      'A restart is all it takes: systemctl restart k3s',
    ],
    measures: [
      {
        says: 'No certificate of this server has run out.',
        script: '! k3s certificate check | grep -q EXPIRED',
      },
    ],
  },
  {
    exercise: 'clock-wrong',
    title: 'The clock woke up in 2020',
    goal: 'Set the clock right and bring K3s back.',
    story:
      'The power was off for two days, and the battery of the clock is dead. The node is on again, but it thinks it is New Year 2020.',
    hints: [
      'Compare the clocks: date, here and on the laptop.',
      'Stop K3s before the clock is set: systemctl stop k3s; timedatectl set-ntp false',
      'Set it: timedatectl set-time "YYYY-MM-DD HH:MM:SS" (UTC), then hwclock -w, then start K3s.',
    ],
    measures: [{ says: 'The node’s clock is right.', script: '[ "$(date +%Y)" -ge 2025 ]' }],
  },
  {
    exercise: 'card-read-only',
    title: 'The card is dying',
    goal: 'Read off everything worth saving. Repair nothing on this card.',
    story:
      'The card of this node reports errors, and the kernel made it read-only. It will not come back; what is on it must get out.',
    hints: [
      'dmesg shows what the kernel saw. Do not mount it writable again.',
      'Worth saving: server/token, /etc/rancher, the snapshots, and the datastore itself.',
      'All of it lies under /var/lib/rancher/k3s/server and /etc/rancher. The remedy “read off the card” takes it all.',
    ],
    dead: true,
    measures: [{ says: 'Nothing was written to the card.', script: 'grep -q " / ext4 ro," /proc/mounts' }],
  },
  {
    exercise: 'slow-disk',
    title: 'The disk cannot keep up',
    goal: 'Find what writes so much, and stop it for good.',
    story:
      'Every few minutes the cluster stands still for seconds. Somebody has put a new service on this node last week.',
    hints: [
      'The journal of K3s says how long writes take: journalctl -u k3s | grep slow',
      'See which services run: systemctl list-units --type=service',
      'The camera recorder writes all the time: systemctl disable --now site-camera, then restart K3s.',
    ],
    measures: [
      {
        says: 'The heavy writer is stopped and stays off.',
        script: '! systemctl is-active -q site-camera && ! systemctl is-enabled -q site-camera',
      },
      {
        says: 'The datastore has not complained since K3s last started.',
        script: `journalctl -u k3s -o cat | awk '/k3s is up and running/ {n=0} /slow fdatasync/ {n++} END {exit n>0}'`,
      },
    ],
  },
  {
    exercise: 'containerd-corrupt',
    title: 'The container store is damaged',
    goal: 'Set the container store aside and let K3s build a new one.',
    story:
      'The power failed twice in a minute. The datastore survived, but containerd does not come up any more.',
    hints: [
      'containerd has a log of its own: /var/lib/rancher/k3s/agent/containerd/containerd.log',
      'See first that the image archives lie in /var/lib/rancher/k3s/agent/images: without them no pod starts again.',
      'Stop K3s, move agent/containerd to agent/containerd.bad, start K3s.',
    ],
    measures: [
      {
        says: 'The damaged store was moved aside and not deleted.',
        script: `ls -d ${data}/agent/containerd?* ${data}/containerd* /root/containerd* 2>/dev/null | grep -q .`,
      },
      {
        says: 'No pod waits for an image.',
        script: '! k3s kubectl get pods -A | grep -q ImagePullBackOff',
      },
    ],
  },
  {
    exercise: 'image-missing',
    title: 'An image is missing',
    goal: 'Bring the images back that the pods wait for.',
    story:
      'Somebody tidied up and moved the image archive onto a stick. K3s runs, but no pod starts, and there is no internet to fetch from.',
    hints: [
      'k3s kubectl get pods -A shows what the pods wait for.',
      'The archive lies on the stick under /media/stick; K3s looks in /var/lib/rancher/k3s/agent/images.',
      'Copy it there and restart K3s.',
    ],
    measures: [
      {
        says: 'No pod waits for an image.',
        script: '! k3s kubectl get pods -A | grep -q ImagePullBackOff',
      },
    ],
  },
  {
    exercise: 'cgroup-missing',
    title: 'The memory cgroup is missing',
    goal: 'Start the kernel with what K3s needs.',
    story:
      'This small board got a fresh system. K3s was installed as always, and ends at once at every start.',
    hints: [
      'The journal of K3s names it: failed to find memory cgroup.',
      'The kernel is told by the one line of /boot/firmware/cmdline.txt.',
      'Add cgroup_memory=1 cgroup_enable=memory to the end of that line, and reboot.',
    ],
    measures: [
      {
        says: 'The kernel offers the memory cgroup.',
        script: 'grep -qw memory /sys/fs/cgroup/cgroup.controllers',
      },
    ],
  },
  {
    exercise: 'cgroup-v1',
    title: 'The host is too old for this K3s',
    goal: 'Let this version of K3s run on this host.',
    story: 'K3s was upgraded to v1.35 yesterday. Since then the kubelet refuses to run on this host.',
    hints: [
      'stat -fc %T /sys/fs/cgroup tells which form of cgroups the host uses.',
      'It is set in /etc/default/grub: unified_cgroup_hierarchy.',
      'Set it to 1, run update-grub, reboot. To get over the day: kubelet-arg: ["fail-cgroupv1=false"] in config.yaml.',
    ],
    measures: [],
  },
  {
    exercise: 'emergency-fstab',
    title: 'Stuck in emergency mode',
    goal: 'Get the node out of emergency mode over its serial console.',
    story:
      'The data disk was taken out of this node, and then it was rebooted. Nothing answers on the network; only the serial console is left.',
    hints: [
      'Open the serial console and give the root password for maintenance.',
      'journalctl -xb tells which disk was waited for; /etc/fstab names it.',
      'Put a # before its line or give it the option nofail, then type systemctl default.',
    ],
    measures: [
      { says: 'The node is up.', script: 'systemctl is-system-running | grep -Eq "running|degraded"' },
      {
        says: 'The line of the root file system is still in /etc/fstab.',
        script: 'grep -Eq "^[^#]+ / ext4 " /etc/fstab',
      },
    ],
  },
];
