import { kubeNode } from '../../../core/runbook/kube-node.ts';
import type { Judged } from '../../../core/runbook/step.ts';
import type { Base } from '../../../core/runbook/remedies/base.ts';
import { script, sh } from '../../../core/sh.ts';
import type { Sh } from '../../../core/sh.ts';
import { asking, notSo, so, tailOf } from '../book.ts';
import type { Look, Step } from '../book.ts';
import { watchLog } from '../install-single/start.ts';
import { binaryPath } from '../install-single/deliver.ts';
import { nodeFolder } from '../job.ts';

/** The service of K3s on one node. */
export type Service = Pick<Base, 'init' | 'unit' | 'role' | 'nodeName' | 'boot'>;

/** What the service manager says, as `active=…`; nothing where it is not running under OpenRC. */
const standing = {
  systemd: String.raw`echo "active=$(systemctl is-active "$1" 2>/dev/null)"`,
  openrc: String.raw`rc-service "$1" status >/dev/null 2>&1 && echo active=active`,
} as const;

const runFolder = (run: string): string => `${nodeFolder}/${run}`;
type How = 'restart' | 'start';

/**
 * Starts and notes it in memory, so that a run which goes on knows what it did itself. A reboot clears the note, and it
 * starts K3s as well.
 */
const startScript = String.raw`# start K3s, and note that it was done
mkdir -p "$4" || exit 1
if [ "$2" = systemd ]; then systemctl reset-failed "$1" 2>/dev/null; systemctl "$3" --no-block "$1" || exit 1
else rc-service "$1" "$3" || exit 1; fi
: >"$4/$3.done"`;

const lookScript = (init: Service['init']): string => `# does K3s run, and did this run start it?
for n in restart start; do [ -e "$2/$n.done" ] && echo "noted=$n"; done
echo "boot=$(cat /proc/sys/kernel/random/boot_id 2>/dev/null)"
${standing[init]}
exit 0`;

interface Seen {
  readonly standing: string;
  readonly runs: boolean;
  readonly noted: (how: How) => boolean;
  /** The node was restarted since the plan was made. */
  readonly rebooted: boolean;
}

function seenIn(stdout: string, { boot }: Service): Seen {
  const standing = /^active=(\S*)$/m.exec(stdout)?.[1] ?? '';
  const now = /^boot=(\S*)$/m.exec(stdout)?.[1] ?? '';
  return {
    standing: standing === '' ? 'not running' : standing,
    runs: /^(active|activating|reloading|deactivating)$/.test(standing),
    noted: how => stdout.split('\n').includes(`noted=${how}`),
    rebooted: now !== '' && boot !== '' && now !== boot,
  };
}

function look(service: Service, run: string, judge: (seen: Seen) => Judged): Look {
  const command = script(lookScript(service.init), service.unit, runFolder(run));
  return {
    shows: [{ text: command.text, as: 'root' }],
    look: async (hands, again) => {
      const { stdout } = await hands.exec(command, { as: 'root', again, timeoutMs: 60_000 });
      const seen = seenIn(stdout, service);
      return judge({ ...seen, noted: how => seen.noted(how) || hands.didBefore(how) });
    },
  };
}

const startedBy = (service: Service, run: string, how: How): Look =>
  look(service, run, ({ standing, runs, noted, rebooted }) => {
    if (!runs || standing === 'deactivating') return notSo(`K3s is ${standing}`);
    return how === 'start' || noted(how) || rebooted
      ? so(`K3s is ${standing}`)
      : notSo('K3s runs, and was not restarted yet');
  });

/** Was it told to already? Between the old one and the new it is down for a moment, which is no reason to do it twice. */
function toldTo(service: Service, run: string, how: How): Look {
  const strict = startedBy(service, run, how);
  const told = look(service, run, ({ standing, runs, noted, rebooted }) =>
    // what was started before a restart of the machine may not have come back with it
    noted(how) && standing !== 'failed' && (runs || !rebooted)
      ? so(`this run has done it already; K3s is ${standing}`)
      : notSo(`K3s is ${standing}`),
  );
  return {
    shows: strict.shows,
    look: async (hands, again) => {
      const judged = await told.look(hands, again);
      return judged.is === 'so' ? judged : await strict.look(hands, again);
    },
  };
}

/** Starts or restarts K3s. Not waited for here: systemd's start may block for ever. */
export const startStep = (service: Service, run: string, how: How, why: string): Step => ({
  id: how,
  title: how === 'restart' ? 'Restart K3s' : 'Start K3s',
  why,
  weight: 2,
  changes: true,
  probe: toldTo(service, run, how),
  apply: [
    {
      is: 'command',
      as: 'root',
      command: script(startScript, service.unit, service.init, how, runFolder(run)),
      timeoutMs: 120_000,
    },
  ],
  verify: {
    ...startedBy(service, run, how),
    patience: { everyMs: 1000, forMs: 60_000, what: 'Starting' },
  },
});

const stopCommand = ({ init, unit }: Service): Sh =>
  init === 'systemd' ? sh`systemctl stop --no-block ${unit}` : sh`rc-service ${unit} stop`;

/** Stops K3s; its pods go on. In a run that started it again already, it counts as done. */
export function stopStep(service: Service, run: string, why: string): Step {
  const stopped = (again: boolean): Look =>
    look(service, run, ({ standing, runs, noted }) =>
      again && noted('start')
        ? so('it was stopped, and this run has started it again since')
        : runs
          ? notSo(`K3s is ${standing}`)
          : so('K3s is stopped'),
    );
  return {
    id: 'stop',
    title: 'Stop K3s',
    why,
    weight: 3,
    changes: true,
    probe: stopped(true),
    apply: [{ is: 'command', as: 'root', command: stopCommand(service), timeoutMs: 120_000 }],
    verify: { ...stopped(false), patience: { everyMs: 1000, forMs: 180_000, what: 'Stopping' } },
  };
}

const getNode = (name: string): Sh => sh`${binaryPath} kubectl get node ${name} -o json`;

/** An agent has no API of its own to ask: its service has to stay up for a while. */
const steadyScript = {
  systemd: String.raw`# since when does it run?
echo "active=$(systemctl is-active "$1" 2>/dev/null)"
echo "since=$(systemctl show "$1" -p ExecMainStartTimestampMonotonic 2>/dev/null | cut -d = -f 2)"
echo "up=$(cut -d ' ' -f 1 /proc/uptime 2>/dev/null)"; exit 0`,
  openrc: String.raw`# does it run?
rc-service "$1" status >/dev/null 2>&1 && echo active=active; exit 0`,
} as const;

const steadySeconds = 15;

function steady({ init, unit }: Service): Look {
  return asking('root', script(steadyScript[init], unit), ({ stdout }) => {
    const standing = /^active=(\S*)$/m.exec(stdout)?.[1] ?? '';
    if (standing !== 'active') return notSo(`K3s is ${standing || 'not running'}`);
    const since = Number(/^since=(\d+)$/m.exec(stdout)?.[1] ?? 0) / 1e6;
    const up = Number(/^up=([\d.]+)$/m.exec(stdout)?.[1] ?? Number.POSITIVE_INFINITY);
    return up - since >= steadySeconds
      ? so(`K3s runs${Number.isFinite(up) ? ` for ${Math.round(up - since)} s without falling over` : ''}`)
      : notSo('K3s has just started');
  });
}

const ready = (service: Service): Look =>
  asking(
    'root',
    getNode(service.nodeName),
    exit => {
      const node = kubeNode(exit.stdout);
      if (!node) return notSo(tailOf(exit, 1) || 'the API does not answer yet');
      return node.ready
        ? so(`${node.name} is Ready with ${node.version}`)
        : notSo(node.says || 'not ready yet');
    },
    { hush: true, timeoutMs: 60_000 },
  );

/** Waits until K3s really works again: a server's node is Ready, an agent's service stays up. */
export const worksStep = (service: Service): Step => ({
  id: 'works',
  title: 'Wait until K3s works',
  why:
    service.role === 'server'
      ? 'A start that was accepted is not yet a cluster that answers: its node has to say Ready.'
      : 'A start that was accepted says little: the service has to stay up.',
  weight: 15,
  changes: false,
  apply: [],
  verify: {
    ...(service.role === 'server' ? ready(service) : steady(service)),
    patience: {
      everyMs: 2000,
      forMs: 10 * 60_000,
      what: 'Waiting for K3s',
      hopeless: watchLog({ init: service.init, unit: service.unit }),
    },
  },
});
