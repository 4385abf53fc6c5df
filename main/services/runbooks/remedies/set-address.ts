import type { RemedyField } from '../../../../preload/contract/doctor.ts';
import type { SiteNode } from '../../../../preload/contract/domain.ts';
import { FieldError } from '../../../../preload/contract/failure.ts';
import { facts, interfaces, isOwnLink } from '../../../core/runbook/preflight/facts.ts';
import type { Facts } from '../../../core/runbook/preflight/facts.ts';
import type { Answers } from '../../../core/runbook/remedies/answers.ts';
import type { Base } from '../../../core/runbook/remedies/base.ts';
import { keyIs, withKey } from '../../../core/runbook/remedies/join-config.ts';
import { managers, networkFile, wrongFixed } from '../../../core/runbook/remedies/network.ts';
import type { Fixed, Manager } from '../../../core/runbook/remedies/network.ts';
import { script } from '../../../core/sh.ts';
import { asking, notSo, so } from '../book.ts';
import type { Look, Step } from '../book.ts';
import { configPath } from '../install-single/ground.ts';
import { hashOf, secretEditStep } from './backup.ts';
import { copyStep } from './copies.ts';
import { refused, remedyKind } from './frame.ts';
import type { Looker, RemedyParts } from './frame.ts';
import { lookAtBaseIfAny, saying } from './look.ts';
import { startStep, worksStep } from './service.ts';

/** Who sets up the network, what it has now, and which address etcd remembers. */
const lookScript = `# who sets up the network here, and which address did etcd have?
${saying}${String.raw`up() { [ "$(systemctl is-active "$1" 2>/dev/null)" = active ]; }
has netplan && ls /etc/netplan/*.yaml >/dev/null 2>&1 && say manager netplan
up NetworkManager && say manager NetworkManager
up systemd-networkd && say manager networkd
if up dhcpcd || { has pidof && pidof dhcpcd >/dev/null 2>&1; }; then [ -e /etc/dhcpcd.conf ] && say manager dhcpcd; fi
has ifup && [ -e /etc/network/interfaces ] && say manager ifupdown
for p in /sys/class/net/*; do n=$(basename "$p"); [ "$n" = lo ] || { [ -e "$p/device" ] && say hard "$n"; say device "$n"; }; done
ip -o -4 addr show 2>/dev/null | awk '{print $2 " " $4}' | each addr
ip -4 route show default 2>/dev/null | each route
sed -n 's/^nameserver[[:space:]]*//p' /etc/resolv.conf 2>/dev/null | each dns
journalctl -u k3s -n 2000 --no-pager -o cat -q 2>/dev/null | grep -o -E 'not a member of the etcd cluster.*' | tail -n 1 | grep -o -E 'https://[0-9.]+:2380' | head -n 1 | each member
c=/etc/rancher/k3s/config.yaml; [ -r "$c" ] && sed -n 's/^node-ip:[[:space:]]*//p' "$c" | head -n 1 | tr -d "\"'" | each node.ip
say end 1`}`;

interface AddressGround {
  readonly base: Base | null;
  readonly managers: readonly Manager[];
  readonly devices: readonly string[];
  readonly fixed: Fixed;
  readonly present: readonly string[];
  readonly hashes: Readonly<Record<string, string>>;
  readonly configHash: string;
}

/** What is proposed: the address etcd remembers, else that of the settings, else the present one; on the default route's device. */
function proposed(seen: Facts, devices: readonly string[]): Fixed {
  const all = interfaces(seen).filter(({ name }) => devices.includes(name));
  const route = seen.one('route') ?? '';
  const device = /\bdev (\S+)/.exec(route)?.[1] ?? all[0]?.name ?? devices[0] ?? '';
  const here = all.find(({ name }) => name === device);
  const member = /https:\/\/([0-9.]+):2380/.exec(seen.one('member') ?? '')?.[1];
  const ip = member ?? seen.one('node.ip') ?? here?.ip ?? '';
  return {
    device,
    cidr: ip === '' ? '' : `${ip}/${here?.cidr.split('/')[1] ?? '24'}`,
    gateway: /\bvia (\S+)/.exec(route)?.[1] ?? '',
    dns: seen
      .all('dns')
      .filter(one => !one.startsWith('127.') && !one.includes(':'))
      .slice(0, 3),
  };
}

async function look(looker: Looker, parts: RemedyParts): Promise<AddressGround> {
  const base = (await lookAtBaseIfAny(looker, parts.clock)) ?? null;
  const about = looker.node.name;
  const seen = facts((await looker.ask(script(lookScript))).stdout);
  const hard = seen.all('hard').filter(name => !isOwnLink(name));
  const devices = hard.length > 0 ? hard : seen.all('device').filter(name => !isOwnLink(name));
  const found = managers.filter(one => seen.all('manager').includes(one));
  if (!seen.whole || devices.length === 0)
    throw refused(
      about,
      'No network device was found on this node.',
      'Look at its cable and at ip link in the terminal.',
    );
  if (found.length === 0)
    throw refused(
      about,
      'Nobody we know sets up the network here (netplan, NetworkManager, networkd, dhcpcd or ifupdown).',
      'Set the address by hand in the terminal.',
    );
  const fixed = proposed(seen, devices);
  const hashes: Record<string, string> = {};
  for (const manager of found)
    for (const device of devices) {
      const { path } = networkFile(manager, { ...fixed, device });
      hashes[path] = hashOf((await looker.read(path)) ?? '');
    }
  return {
    base,
    managers: found,
    devices,
    fixed,
    present: interfaces(seen).map(({ name, cidr }) => `${name} ${cidr}`),
    hashes,
    configHash: hashOf(base ? ((await looker.read(configPath)) ?? '') : ''),
  };
}

const choice = (values: readonly string[]) => values.map(value => ({ value, label: value }));

const fields = ({
  managers: found,
  devices,
  fixed,
  present,
  base,
}: AddressGround): readonly RemedyField[] => [
  {
    name: 'device',
    label: 'Network device',
    says: `It has now: ${present.join(', ') || 'no address'}.`,
    kind: 'choice',
    options: choice(devices),
    value: fixed.device,
  },
  {
    name: 'address',
    label: 'Address',
    says: 'With its network bits, such as 192.168.1.10/24. Proposed is the one the cluster remembers.',
    kind: 'text',
    value: fixed.cidr,
  },
  { name: 'gateway', label: 'Gateway', says: 'May be empty.', kind: 'text', value: fixed.gateway },
  {
    name: 'dns',
    label: 'Name servers',
    says: 'Parted by blanks; may be empty.',
    kind: 'text',
    value: fixed.dns.join(' '),
  },
  {
    name: 'manager',
    label: 'Set up by',
    says: 'Who sets up the network of this machine at its start.',
    kind: 'choice',
    options: choice(found),
    value: found[0] ?? '',
  },
  ...(base
    ? [
        {
          name: 'node-ip',
          label: 'Tell K3s as well',
          says: 'Puts node-ip into its settings and restarts it, so that it never guesses again.',
          kind: 'flag' as const,
          value: 'yes',
        },
      ]
    : []),
];

function fixedOf(answers: Answers, node: SiteNode): Fixed {
  const fixed = {
    device: answers.text('device'),
    cidr: answers.text('address').trim(),
    gateway: answers.text('gateway').trim(),
    dns: answers
      .text('dns')
      .split(/[\s,]+/)
      .filter(one => one !== ''),
  };
  const why = wrongFixed(fixed);
  if (why === undefined) return fixed;
  throw new FieldError({
    code: 'bad-ask',
    says: `This address will not do: ${why}.`,
    about: node.name,
    untouched: 'Nothing was changed on the node.',
    next: 'Give an address with its network bits, and a gateway in the same network.',
  });
}

/** Added beside what is there, so no link is lost; refused when another machine answers on it. */
const addScript = String.raw`# add the address beside those that are there, unless somebody else has it
ip -o -4 addr show dev "$1" | grep -q -F " $2 " && exit 0
a=$(printf '%s' "$2" | cut -d / -f 1)
ip link set "$1" up
if ping -c 1 -W 1 "$a" >/dev/null 2>&1; then echo "another machine answers on $a" >&2; exit 4; fi
ip addr add "$2" dev "$1" || exit 1
[ -z "$3" ] || ip -4 route show default | grep -q . || ip route add default via "$3" dev "$1"`;

const hasScript = String.raw`# is the address there?
ip -o -4 addr show dev "$1" 2>/dev/null | grep -F " $2 "; ip -4 route show default 2>/dev/null | head -n 1; exit 0`;

function addStep({ device, cidr, gateway }: Fixed, about: string): Step {
  const there: Look = asking('root', script(hasScript, device, cidr), ({ stdout }) =>
    stdout.includes(` ${cidr} `)
      ? gateway !== '' && !stdout.includes('default')
        ? notSo(`${device} has ${cidr}, and there is no default route`)
        : so(`${device} has ${cidr}`)
      : notSo(`${device} does not have ${cidr}`),
  );
  return {
    id: 'address',
    title: 'Add the address',
    why: 'It is added beside the present one, so that no connection is lost and a mistake locks nobody out. A restart forgets it.',
    weight: 1,
    changes: true,
    probe: there,
    apply: [
      {
        is: 'command',
        as: 'root',
        command: script(addScript, device, cidr, gateway),
        fails: ({ code, stderr }) => {
          if (code === 4)
            throw refused(
              about,
              `Another machine answers on ${cidr.split('/')[0] ?? cidr}.`,
              'Find out which, or choose another address.',
            );
          return code === 0
            ? undefined
            : `The address could not be added: ${stderr.trim() || 'no reason was given'}.`;
        },
      },
    ],
    verify: there,
  };
}

/** Only netplan can try its file without applying it; a file it does not take is taken away again. */
const checkScript = String.raw`# does netplan take it?
netplan generate --root-dir / 2>&1 || netplan generate 2>&1 || { rm -f "$1"; exit 1; }`;

export const setAddress = remedyKind<AddressGround>({
  title: node => `Give ${node.name} a fixed address`,
  says: 'Adds the address now, beside the present one, and writes it down for every start with whatever sets up the network here. K3s is told as well. For a server whose address changed: give back the one the cluster remembers.',
  look,
  fields,
  warnings: ({ answers, node }) => [
    `At the node’s next restart ${fixedOf(answers, node).cidr} becomes its only address on ${answers.text('device')}; until then it has both.`,
    ...(node.over === 'ssh'
      ? ['The laptop goes on reaching it by the address it knows; note the new one.']
      : []),
  ],
  steps: (parts, { node, ground, answers, run }) => {
    const fixed = fixedOf(answers, node);
    const manager = answers.text('manager') as Manager;
    const file = networkFile(manager, fixed);
    const { base } = ground;
    const ip = fixed.cidr.split('/')[0] ?? '';
    const persist = secretEditStep(
      parts,
      { node, run },
      { ...file, beforeHash: ground.hashes[file.path] ?? hashOf('') },
      {
        id: 'persist',
        title: 'Write it down for every start',
        why: `${manager} sets up the network here. To go back, remove what is written to ${file.path}.`,
      },
    );
    return [
      copyStep(parts, node, run),
      addStep(fixed, node.name),
      manager === 'netplan'
        ? {
            ...persist,
            apply: [...persist.apply, { is: 'command', as: 'root', command: script(checkScript, file.path) }],
          }
        : persist,
      ...(base && answers.yes('node-ip')
        ? [
            secretEditStep(
              parts,
              { node, run },
              {
                path: configPath,
                mode: 0o600,
                beforeHash: ground.configHash,
                shown: `+ node-ip: ${JSON.stringify(ip)}`,
                done: text => keyIs(text, 'node-ip', ip),
                change: text => withKey(text, 'node-ip', ip),
              },
              {
                id: 'config',
                title: 'Tell K3s its address',
                why: 'Then it never guesses which of several is meant.',
              },
            ),
            startStep(base, run, 'restart', 'K3s takes its address at its start.'),
            worksStep(base),
          ]
        : []),
    ];
  },
  afterFailure: 'Continue the run. A restart of the node forgets an address that was not written down.',
});
