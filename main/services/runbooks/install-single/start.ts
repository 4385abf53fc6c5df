import { kubeNode } from '../../../core/runbook/kube-node.ts';
import { dataFolder } from '../../../core/runbook/preflight/disk.ts';
import type { Judged } from '../../../core/runbook/step.ts';
import { script, sh } from '../../../core/sh.ts';
import type { Sh } from '../../../core/sh.ts';
import type { Delivery } from '../../bundles/bundles.ts';
import { asking, notSo, so, tailOf } from '../book.ts';
import type { Hands, Look, Step } from '../book.ts';
import { binaryPath, bringScript, installScriptPath } from './deliver.ts';
import { configPath } from './ground.ts';
import type { InstallGround } from './ground.ts';

const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** A clean environment: a stray K3S_URL of root's would make an agent of the server. */
const runInstaller = (run: string): Sh =>
  sh`env -i ${`PATH=${path}`} HOME=/root INSTALL_K3S_SKIP_DOWNLOAD=true INSTALL_K3S_SKIP_START=true sh ${installScriptPath(run)} server`;

const serviceScript = {
  systemd: String.raw`# is the service set up?
[ -f /etc/systemd/system/k3s.service ] && grep -q '^ExecStart=.*k3s' /etc/systemd/system/k3s.service && echo unit
[ "$(systemctl is-enabled k3s 2>/dev/null)" = enabled ] && echo enabled
[ -x /usr/local/bin/k3s-uninstall.sh ] && echo uninstaller
exit 0`,
  openrc: String.raw`# is the service set up?
[ -x /etc/init.d/k3s ] && echo unit
rc-update show default 2>/dev/null | grep -qw k3s && echo enabled
[ -x /usr/local/bin/k3s-uninstall.sh ] && echo uninstaller
exit 0`,
} as const;

const serviceThere = ({ init }: InstallGround): Look =>
  asking('root', script(serviceScript[init]), ({ stdout }) => {
    const words = stdout.split(/\s+/);
    const missing = ['unit', 'enabled', 'uninstaller'].filter(word => !words.includes(word));
    return missing.length === 0
      ? so('the service is set up and starts with the machine')
      : notSo(
          `not there yet: ${missing.map(word => ({ unit: 'the service', enabled: 'its start with the machine', uninstaller: 'the way to remove it' })[word]).join(', ')}`,
        );
  });

/** Sets up the service with K3s' own install script, without starting it: the start is a step of its own. */
export function serviceStep(ground: InstallGround, delivery: Delivery, run: string): Step {
  return {
    id: 'service',
    title: 'Set up the service',
    why: 'K3s’ own install script makes the service and the way to remove it again; it downloads nothing.',
    weight: 5,
    changes: true,
    probe: serviceThere(ground),
    apply: [
      ...bringScript(delivery, ground.login, run),
      { is: 'job', name: 'install', command: runInstaller(run), timeoutMs: 10 * 60_000 },
    ],
    verify: serviceThere(ground),
  };
}

/** When K3s started and when what it read at its start was changed, in seconds since 1970 on the node's clock. */
const runningScript = {
  systemd: String.raw`# does K3s run, and since when?
echo "active=$(systemctl is-active k3s 2>/dev/null)"
m=$(systemctl show k3s -p ExecMainStartTimestampMonotonic 2>/dev/null | cut -d = -f 2)
echo "since=$m"; echo "up=$(cut -d ' ' -f 1 /proc/uptime 2>/dev/null)"; echo "now=$(date +%s)"
echo "config=$(stat -c %Y "$1" 2>/dev/null)"; echo "binary=$(stat -c %Z "$2" 2>/dev/null)"
exit 0`,
  openrc: String.raw`# does K3s run, and since when?
rc-service k3s status >/dev/null 2>&1 && echo active=active
echo "started=$(stat -c %Y /run/openrc/started/k3s 2>/dev/null)"
echo "config=$(stat -c %Y "$1" 2>/dev/null)"; echo "binary=$(stat -c %Z "$2" 2>/dev/null)"
exit 0`,
} as const;

const number = (stdout: string, name: string): number | undefined => {
  const found = new RegExp(`^${name}=([0-9.]+)$`, 'm').exec(stdout)?.[1];
  return found === undefined ? undefined : Number(found);
};

/** Does K3s run with what lies on the disk now? What cannot be told counts as yes: the steps after it look closer. */
export function judgeRunning(stdout: string): Judged {
  const active = /^active=(\S+)$/m.exec(stdout)?.[1];
  if (active !== 'active' && active !== 'activating') return notSo(`K3s is ${active ?? 'not running'}`);
  const [since, up, now] = ['since', 'up', 'now'].map(name => number(stdout, name));
  const computed =
    since !== undefined && since > 0 && up !== undefined && now !== undefined
      ? now - up + since / 1e6
      : undefined;
  const started = number(stdout, 'started') ?? computed;
  const changed = Math.max(number(stdout, 'config') ?? 0, number(stdout, 'binary') ?? 0);
  return started !== undefined && changed > started + 1
    ? notSo('K3s runs, but it was started before its configuration was last changed')
    : so(`K3s is ${active}`);
}

/** Times on the node have whole seconds; what this run itself changed is known without them. */
function runs({ init }: InstallGround): Look {
  const look = asking('root', script(runningScript[init], configPath, binaryPath), ({ stdout }) =>
    judgeRunning(stdout),
  );
  return {
    ...look,
    look: async (hands, again) => {
      const judged = await look.look(hands, again);
      const stale = ['config', 'binary'].some(step => hands.changedSince(step, 'start'));
      return judged.is === 'so' && stale
        ? notSo('K3s runs, but with what was there before this run changed it')
        : judged;
    },
  };
}

/** Starts K3s, or restarts it when its configuration changed. Not waited for here: systemd's start may block for ever. */
export const startStep = (ground: InstallGround): Step => ({
  id: 'start',
  title: 'Start K3s',
  why: 'The service is started; a running one is restarted only when what it reads at its start has changed.',
  weight: 2,
  changes: true,
  probe: runs(ground),
  apply: [
    {
      is: 'command',
      as: 'root',
      command: ground.init === 'systemd' ? sh`systemctl restart --no-block k3s` : sh`rc-service k3s restart`,
      timeoutMs: 120_000,
    },
  ],
  verify: { ...runs(ground), patience: { everyMs: 1000, forMs: 60_000, what: 'Starting' } },
});

const getNode = (name: string): Sh => sh`${binaryPath} kubectl get node ${name} -o json`;

const logScript = {
  systemd: String.raw`# the last lines of the log
systemctl show "$1" -p NRestarts -p ActiveState 2>/dev/null
journalctl -u "$1" -n 4 --no-pager -o cat -q 2>/dev/null
exit 0`,
  openrc: String.raw`# the last lines of the log
tail -n 4 "/var/log/$1.log" 2>/dev/null
exit 0`,
} as const;

/** More restarts than this while waiting, and waiting is in vain. */
const mostRestarts = 6;

/** Shows what the service's log says while the node is waited for; a sentence when it keeps dying. */
export function watchLog({
  init,
  unit = 'k3s',
}: Pick<InstallGround, 'init'> & { readonly unit?: string }): (hands: Hands) => Promise<string | undefined> {
  let shown = '';
  let first: number | undefined;
  return async hands => {
    const { stdout } = await hands.exec(script(logScript[init], unit), {
      as: 'root',
      again: true,
      timeoutMs: 30_000,
    });
    const lines = stdout.split('\n').filter(line => line !== '' && !/^(NRestarts|ActiveState)=/.test(line));
    const log = lines.join('\n');
    if (log !== shown && log !== '') hands.show(`${log}\n`);
    shown = log;
    const restarts = Number(/^NRestarts=(\d+)$/m.exec(stdout)?.[1] ?? 0);
    first ??= restarts;
    if (restarts - first < mostRestarts && !/^ActiveState=failed$/m.test(stdout)) return undefined;
    const worst =
      lines.findLast(line => /level=fatal|panic|error:/i.test(line)) ?? lines.at(-1) ?? 'it said nothing';
    return `K3s starts and dies again; its log ends with: ${worst.slice(0, 300)}`;
  };
}

/** Waits until the node says Ready. */
export const readyStep = (ground: InstallGround, nodeName: string, version: string): Step => ({
  id: 'ready',
  title: 'Wait until the node is ready',
  why: 'The first start unpacks the images and makes the cluster; on a small machine it takes minutes.',
  weight: 30,
  changes: false,
  apply: [],
  verify: asking(
    'root',
    getNode(nodeName),
    exit => {
      const node = kubeNode(exit.stdout);
      if (!node) return notSo(tailOf(exit, 1) || 'the API does not answer yet');
      if (!node.ready) return notSo(node.says || 'not ready yet');
      return node.version === version
        ? so(`${node.name} is Ready with ${node.version}`)
        : notSo(`Ready, but with ${node.version} instead of ${version}`);
    },
    {
      hush: true,
      timeoutMs: 60_000,
      patience: { everyMs: 3000, forMs: 15 * 60_000, what: 'Waiting for Ready', hopeless: watchLog(ground) },
    },
  ),
});

const datastoreScript = String.raw`# where do the data lie?
[ -d "$1/server/db/etcd/member" ] && echo etcd
[ -e "$1/server/db/state.db" ] && echo sqlite
exit 0`;

/** Measures that the data lies in embedded etcd: on the disk, and in the node's own words. */
export function datastoreStep(nodeName: string): Step {
  const files = script(datastoreScript, dataFolder);
  const command = getNode(nodeName);
  return {
    id: 'datastore',
    title: 'Check the datastore',
    why: 'Only embedded etcd makes snapshots. A wrong start would have put everything into SQLite.',
    weight: 1,
    changes: false,
    apply: [],
    verify: {
      shows: [
        { text: files.text, as: 'root' },
        { text: command.text, as: 'root' },
      ],
      look: async (hands, again) => {
        const { stdout } = await hands.exec(files, { as: 'root', again });
        if (stdout.includes('sqlite'))
          return notSo('there is a SQLite database: K3s did not take its configuration');
        if (!stdout.includes('etcd')) return notSo('there is no etcd data');
        const node = kubeNode((await hands.exec(command, { as: 'root', again, hush: true })).stdout);
        return node?.etcdVoter === true || node?.etcdRole === true
          ? so('embedded etcd, and the node votes in it')
          : notSo('the node does not say that it is a member of etcd');
      },
      patience: { everyMs: 2000, forMs: 120_000, what: 'Waiting for etcd' },
    },
  };
}
