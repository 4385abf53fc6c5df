import type { MetricsJob } from '../../../../preload/contract/metrics.ts';
import { FieldError } from '../../../../preload/contract/failure.ts';
import type { SiteNode } from '../../../../preload/contract/domain.ts';
import type { Scraped } from '../../../core/metrics/scraped.ts';
import { clockAhead } from '../../../core/metrics/node/clock.ts';
import { moreFunction } from '../../../core/metrics/node/more.ts';
import { smartText } from '../../../core/metrics/wear/smartctl.ts';
import { measureFunctions } from '../../../core/recorder/measure.ts';
import { Secret } from '../../../core/secret.ts';
import { script } from '../../../core/sh.ts';
import type { Clock, Link, NodeAddress } from '../../../ports.ts';
import type { ScrapeFailed, ScrapeNode, ScrapeWish } from '../recorder.ts';
import { byFetch, byKubectl } from './by-command.ts';
import type { Asked } from './asked.ts';

const patienceMs = 20_000;
const mostBytes = 64 * 2 ** 20;
/** Where a node's parts listen on itself and keep their certificates; K3s' own choice, and node_exporter's. */
const usual = {
  etcd: 2381,
  exporter: 9100,
  api: 6443,
  kubelet: 10_250,
  tls: '/var/lib/rancher/k3s/server/tls',
  timeoutMs: 20_000,
};

/** What may ask the API server and the kubelets of a site, kept in memory alone. */
interface Admin {
  readonly ca: string;
  readonly cert: string;
  readonly key: Secret;
}

const codeOf = (thrown: unknown): string => (thrown instanceof FieldError ? thrown.failure.code : '');

/** Arguments: none. What the kernel and K3s' own files tell, in node_exporter's names where it has them. */
const measured = (what: string): string => `# what this node measures by itself
root='' run='' etcd='' targets='' snapshots=''
${measureFunctions}${moreFunction}
${what}
exit 0`;

const kernelScript = measured(
  'kernel; filesystems; temperatures; clock; [ ! -d /var/lib/rancher ] || snapshots; service; more',
);
/** Scratch in memory where there is some: a disk that is full or read-only is measured too, and none is worn by it. */
const ownScript = measured(`for at in /run /dev/shm /tmp; do
  run=$(mktemp -d "$at/coldstart-measure.XXXXXX" 2>/dev/null) && break
done
trap '[ -z "$run" ] || rm -rf "$run"' EXIT
[ -z "$run" ] || certificates
snapshots; wear`);

/** One line for each disk that smartctl can ask: its name, a tab, and all of its answer. */
const smartScript = `# how worn are the disks?
command -v smartctl >/dev/null 2>&1 || exit 0
for d in /sys/block/*/device; do
  d=\${d%/device}; d=\${d##*/}
  case $d in loop* | ram* | zram* | sr* | mmcblk*boot* | dm-*) continue ;; esac
  printf '%s\\t' "$d"
  smartctl --json=c -a "/dev/$d" 2>/dev/null | tr -d '\\n'
  echo
done
exit 0`;

/** Scrapes nodes through their links; what was learned of a node's ways is kept while the recorder lives. */
export function scraper(clock: Clock, other: Partial<typeof usual> = {}): ScrapeNode {
  const { tls, timeoutMs, ...ports } = { ...usual, ...other };
  /** By site: what a server of it gave. */
  const admins = new Map<string, Admin>();
  /** By node: being read just now. */
  const reading = new Map<string, Promise<Admin | undefined>>();
  /** By node: until when it is believed that sshd forbids connections through it (by the monotonic clock). */
  const forbidden = new Map<string, number>();
  /** By node: which jobs were not there, and until when that is believed. */
  const absent = new Map<string, number>();
  /** By node: which jobs answered before. */
  const answered = new Set<string>();
  const believedMs = 300_000;
  const isStill = (of: ReadonlyMap<string, number>, key: string): boolean =>
    (of.get(key) ?? 0) > clock.monotonic();

  async function through(
    link: Link,
    node: SiteNode,
    address: NodeAddress,
    signal: AbortSignal,
  ): Promise<Asked | 'forbidden' | undefined> {
    if (!link.get || isStill(forbidden, node.id)) return 'forbidden';
    try {
      const got = await link.get(address, { signal, timeoutMs, mostBytes });
      if (got.status === 200) return { by: 'tunnel', text: got.body };
      if (got.status === 404) return undefined;
      throw new FieldError({
        code: 'could-not',
        says: `It answered with HTTP status ${got.status}.`,
        about: `${node.name}, port ${address.port}${address.path}`,
        untouched: 'Nothing was changed on the node.',
        next:
          got.status === 401 || got.status === 403
            ? 'The certificate of this cluster was not accepted; it is read anew next time.'
            : 'It is asked again next time.',
      });
    } catch (thrown) {
      if (codeOf(thrown) === 'unreachable') return undefined;
      if (codeOf(thrown) === 'refused') {
        forbidden.set(node.id, clock.monotonic() + believedMs);
        return 'forbidden';
      }
      // A cluster that was built anew, or whose certificates were renewed, accepts the old one no longer.
      if (codeOf(thrown) === 'could-not' && admins.get(node.site) === address.tls) admins.delete(node.site);
      throw thrown;
    }
  }

  /**
   * Three jobs of a node want it at once; it is read once, and again when it was not there or not to be had. An agent has
   * none of its own: it is asked with what a server of its site gave, as soon as one did.
   */
  async function admin(link: Link, node: SiteNode, signal: AbortSignal): Promise<Admin | undefined> {
    const known = admins.get(node.site);
    if (known) return known;
    const asked = reading.get(node.id) ?? readAdmin(link, signal).finally(() => void reading.delete(node.id));
    reading.set(node.id, asked);
    const found = await asked;
    if (!found || admins.has(node.site)) return admins.get(node.site);
    admins.set(node.site, found);
    // Who could not be asked for want of it is asked again.
    absent.clear();
    return found;
  }

  async function readAdmin(link: Link, signal: AbortSignal): Promise<Admin | undefined> {
    const options = { signal, as: 'root', mostBytes: 64 * 1024 } as const;
    const read = async (name: string): Promise<string> =>
      Buffer.from(await link.readFile(`${tls}/${name}`, options)).toString();
    if (!(await link.stat(`${tls}/client-admin.crt`, { signal, as: 'root' }))) return undefined;
    return {
      ca: await read('server-ca.crt'),
      cert: await read('client-admin.crt'),
      key: new Secret(await read('client-admin.key')),
    };
  }

  async function plain(
    link: Link,
    node: SiteNode,
    port: number,
    signal: AbortSignal,
  ): Promise<Asked | undefined> {
    const asked = await through(link, node, { port, path: '/metrics' }, signal);
    return asked === 'forbidden' ? byFetch(link, port, '/metrics', signal) : asked;
  }

  /** Whatever Kubernetes' parts tell; by the API server's own rights where nothing may be tunnelled. */
  async function kubernetes(
    link: Link,
    node: SiteNode,
    job: 'k3s' | 'cadvisor' | 'resource',
    signal: AbortSignal,
  ): Promise<Asked | undefined> {
    const path = job === 'k3s' ? '/metrics' : `/metrics/${job}`;
    if (link.get && !isStill(forbidden, node.id)) {
      const may = await admin(link, node, signal);
      if (!may) return undefined;
      // The API server and the kubelet of a node share one registry; an agent has only its kubelet.
      for (const port of job === 'k3s' ? [ports.api, ports.kubelet] : [ports.kubelet]) {
        const asked = await through(link, node, { port, path, tls: may }, signal);
        if (asked === 'forbidden') break;
        if (asked) return asked;
      }
      if (!isStill(forbidden, node.id)) return undefined;
    }
    return byKubectl(link, job === 'k3s' ? [path] : ['/api/v1/nodes/', `/proxy${path}`], signal);
  }

  async function shell(link: Link, text: string, as: 'login' | 'root', signal: AbortSignal): Promise<string> {
    const { code, stdout, truncated } = await link.exec(script(text), {
      signal,
      as,
      timeoutMs: patienceMs,
      keepBytes: 2 ** 22,
    });
    if (code !== 0 || truncated) throw notMeasured(link, code);
    return stdout;
  }

  async function machine(link: Link, node: SiteNode, signal: AbortSignal): Promise<Asked> {
    const now = (): number => clock.now().getTime();
    let asked = now();
    const exporter = await ifThere(`${node.id} exporter`, () => plain(link, node, ports.exporter, signal));
    if (exporter) return withClock(exporter, asked, now());
    asked = now();
    const text = Buffer.from(await shell(link, kernelScript, 'login', signal));
    return withClock({ by: 'shell', text }, asked, now());
  }

  async function wear(link: Link, signal: AbortSignal): Promise<Asked | undefined> {
    const told = (await shell(link, smartScript, 'root', signal))
      .split('\n')
      .map(line => {
        const tab = line.indexOf('\t');
        return tab < 0 ? '' : smartText(line.slice(0, tab), line.slice(tab + 1));
      })
      .join('');
    const own = await shell(link, ownScript, 'root', signal);
    return told + own === '' ? undefined : { by: 'shell', text: Buffer.from(told + own) };
  }

  /** What was not there a moment ago is not asked for each time; what was there and is gone is told by `gone`. */
  async function ifThere(
    key: string,
    ask: () => Promise<Asked | undefined>,
    gone?: () => FieldError,
  ): Promise<Asked | undefined> {
    if (isStill(absent, key)) return undefined;
    const asked = await ask();
    if (asked) answered.add(key);
    else if (gone && answered.has(key)) throw gone();
    else absent.set(key, clock.monotonic() + believedMs);
    return asked;
  }

  function ask(link: Link, node: SiteNode, job: MetricsJob, signal: AbortSignal): Promise<Asked | undefined> {
    const key = `${node.id} ${job}`;
    const gone = (): FieldError => noLonger(job, node.name);
    switch (job) {
      case 'etcd':
        return ifThere(key, () => plain(link, node, ports.etcd, signal), gone);
      case 'k3s':
      case 'cadvisor':
      case 'resource':
        return ifThere(key, () => kubernetes(link, node, job, signal), gone);
      case 'node':
        return machine(link, node, signal);
      case 'wear':
        return wear(link, signal);
      case 'wan':
      case 'recorder':
        return Promise.resolve(undefined);
      default:
        return job satisfies never;
    }
  }

  return async function* scrapeNode(
    link: Link,
    node: SiteNode,
    { jobs, signal }: ScrapeWish,
  ): AsyncGenerator<Scraped | ScrapeFailed> {
    // All at once: one that hangs keeps no other waiting.
    const all = jobs.map(async (job): Promise<Scraped | ScrapeFailed | undefined> => {
      const [began, at] = [clock.monotonic(), clock.now().getTime()];
      try {
        const asked = await ask(link, node, job, signal);
        const tookMs = Math.round(clock.monotonic() - began);
        return asked && { target: { job, instance: node.name }, at, tookMs, ...asked };
      } catch (thrown) {
        if (!(thrown instanceof FieldError) || signal.aborted || linkIsGone(thrown)) throw thrown;
        return { job, failure: thrown.failure };
      }
    });
    const settled = Promise.allSettled(all);
    for (const one of all) {
      const came = await one.catch(async (thrown: unknown) => {
        await settled;
        throw thrown;
      });
      if (came) yield came;
    }
  };
}

/** A clock nobody sets says of itself that it is right: so it is compared with the laptop's. */
function withClock({ by, text }: Asked, asked: number, came: number): Asked {
  const ahead = clockAhead(text, asked, came);
  if (ahead === undefined) return { by, text };
  // Before the text, whose last line may be torn.
  return { by, text: Buffer.concat([Buffer.from(`coldstart_clock_offset_seconds ${ahead}\n`), text]) };
}

const linkIsGone = (thrown: FieldError): boolean => ['link-lost', 'cancelled'].includes(thrown.failure.code);

const noLonger = (job: MetricsJob, name: string): FieldError =>
  new FieldError({
    code: 'unreachable',
    says: 'It answered before and does so no longer.',
    about: `${job} on ${name}`,
    untouched: 'Nothing was changed on the node.',
    next: 'Ask the doctor whether K3s runs. It is asked again next time.',
  });
const notMeasured = (link: Link, code: number | null): FieldError =>
  new FieldError({
    code: 'could-not',
    says: 'The node could not be measured.',
    about: `${link.who.hostname}: exit ${code ?? 'by a signal'}`,
    untouched: 'Nothing was changed on the node.',
    next: 'It is asked again next time. If that does not help, look at the node with the doctor.',
  });
