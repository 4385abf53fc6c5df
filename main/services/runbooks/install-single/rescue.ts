import { script } from '../../../core/sh.ts';
import { asking, notSo, so } from '../book.ts';
import type { Look, Step } from '../book.ts';
import type { InstallGround } from './ground.ts';

const lookScript = {
  systemd: String.raw`# login on the serial line, a journal that is kept, the way in as root
[ -z "$1" ] || echo "getty=$(systemctl is-enabled "serial-getty@$1.service" 2>/dev/null)"
[ -d "/var/log/journal/$(cat /etc/machine-id 2>/dev/null)" ] && echo journal=kept
awk -F: '$1 == "root" {print "root=" ($2 ~ /^[!*]/ ? "locked" : ($2 == "" ? "open" : "password"))}' /etc/shadow 2>/dev/null
exit 0`,
  openrc: String.raw`# login on the serial line, a journal that is kept, the way in as root
[ -z "$1" ] || { grep -q "^$1:.*getty" /etc/inittab 2>/dev/null && echo getty=enabled; }
[ -d /var/log ] && echo journal=kept
awk -F: '$1 == "root" {print "root=" ($2 ~ /^[!*]/ ? "locked" : ($2 == "" ? "open" : "password"))}' /etc/shadow 2>/dev/null
exit 0`,
} as const;

const makeScript = {
  systemd: String.raw`# make the node rescuable
set -e
if [ -n "$1" ]; then
  systemctl enable "serial-getty@$1.service"
  systemctl start --no-block "serial-getty@$1.service"
fi
mkdir -p /var/log/journal /etc/systemd/journald.conf.d
printf '[Journal]\nStorage=persistent\nSystemMaxUse=200M\n' >/etc/systemd/journald.conf.d/90-coldstart.conf
systemctl restart systemd-journald
journalctl --flush`,
  openrc: String.raw`# make the node rescuable
set -e
if [ -n "$1" ] && ! grep -q "^$1:.*getty" /etc/inittab; then
  printf '%s::respawn:/sbin/getty -L 115200 %s vt100\n' "$1" "$1" >>/etc/inittab
  kill -HUP 1
fi`,
} as const;

/** A getty on the serial line and a journal that survives: measured, and root's way in named. */
function rescuable({ init }: InstallGround, device: string): Look {
  return asking('root', script(lookScript[init], device), ({ stdout }) => {
    const said = (name: string): string | undefined => new RegExp(`^${name}=(.*)$`, 'm').exec(stdout)?.[1];
    const missing = [
      ...(device !== '' && said('getty')?.startsWith('enabled') !== true ? [`no login on ${device}`] : []),
      ...(said('journal') === 'kept' ? [] : ['the journal is lost at every restart']),
    ];
    if (missing.length > 0) return notSo(missing.join(', '));
    const root = {
      locked: 'root has no password, so emergency mode would lock everybody out',
      password: 'root has a password for emergency mode',
      open: 'root needs no password',
    }[said('root') ?? ''];
    return so(
      [
        device === '' ? 'no serial line was chosen' : `login on ${device}`,
        'the journal is kept',
        ...(root === undefined ? [] : [root]),
      ].join('; '),
    );
  });
}

/** Once the node is dead it is too late for this. */
export const rescueStep = (ground: InstallGround, device: string): Step => ({
  id: 'rescue',
  title: 'Make the node rescuable',
  why: 'A login on the serial line and a journal that survives a restart are what helps when the network does not.',
  weight: 2,
  changes: true,
  probe: rescuable(ground, device),
  apply: [{ is: 'command', as: 'root', command: script(makeScript[ground.init], device), timeoutMs: 60_000 }],
  verify: {
    ...rescuable(ground, device),
    patience: { everyMs: 1000, forMs: 15_000, what: 'Waiting for the journal' },
  },
});

const identityScript = String.raw`# who is this machine?
echo "machine-id $(cat /etc/machine-id 2>/dev/null)"
echo "hostname $(hostname 2>/dev/null || cat /proc/sys/kernel/hostname)"
for f in /etc/ssh/ssh_host_*_key.pub; do [ -r "$f" ] && cut -d ' ' -f 1,2 "$f"; done
exit 0`;

/** Who this machine is, in the journal: its public host keys and machine-id. */
export const identityStep = (remember: (machineId: string, bootId: string) => void): Step => ({
  id: 'identity',
  title: 'Record who the node is',
  why: 'A node that was restored or swapped is known by its machine-id and its SSH host keys.',
  weight: 1,
  changes: false,
  apply: [],
  verify: {
    shows: [{ text: script(identityScript).text, as: 'login' }],
    look: async hands => {
      const { stdout } = await hands.exec(script(identityScript), { as: 'login' });
      const { machineId, bootId } = hands.link.who;
      remember(machineId, bootId);
      const keys = stdout.split('\n').filter(line => /^(ssh|ecdsa|sk)-/.test(line)).length;
      return so(
        `${machineId === '' ? 'no machine-id' : `machine-id ${machineId}`}, ${keys} host key${keys === 1 ? '' : 's'} recorded`,
      );
    },
  },
});
