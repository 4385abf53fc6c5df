import type { MachineCertificate, MachineKind, MachineService } from '../../../preload/contract/scan.ts';
import { oneLine } from './said.ts';
import type { Announced, CertificateSeen, Knocked, Mark, Sighting, Talk } from './sighting.ts';

/** What one address is, by everything it showed in one scan. Nothing of it needs a login. */
export interface Recognised {
  readonly kind: MachineKind;
  readonly services: readonly MachineService[];
  readonly certificates: readonly MachineCertificate[];
  readonly names: readonly string[];
  readonly marks: readonly Mark[];
  /** Of the CA it shows, as K3s counts it; `provesCa`: it holds a certificate of it. */
  readonly caHash?: string;
  readonly provesCa: boolean;
  /** Its clock less the laptop's, in seconds. */
  readonly clockOffsetSeconds?: number;
  /** The node's name in its cluster, and the CA that signed for it. */
  readonly kubelet?: { readonly name: string; readonly issuer: string };
}

/** The value of one part of a distinguished name such as `O=k3s, CN=k3s`. */
const part = (name: string, key: string): string | undefined =>
  name
    .split(/, |,|\n/)
    .find(each => each.startsWith(`${key}=`))
    ?.slice(key.length + 1);

const openTalk = (what: Knocked | undefined): Talk | undefined =>
  what?.is === 'open' ? what.talk : undefined;
const leafAt = (sighting: Sighting, port: number): CertificateSeen | undefined =>
  openTalk(sighting.ports.get(port))?.certificates?.[0];
const answerAt = (talk: Talk | undefined, path: string) => talk?.http?.find(each => each.path === path);
const isPong = (talk: Talk | undefined): boolean => {
  const answer = answerAt(talk, '/ping');
  return answer?.status === 200 && answer.body.trim() === 'pong';
};
const isIssuedBy = (certificate: CertificateSeen | undefined, ca: string): boolean =>
  part(certificate?.issuer ?? '', 'CN')?.startsWith(`${ca}@`) === true;
/** With Node's escapes of RFC 2253 and K3s' own order, organisations stand as `O=`. */
const isOf = (name: string | undefined, organisation: string): boolean =>
  part(name ?? '', 'O') === organisation;

/** Which Kubernetes answers here, if any: by the issuers of its certificates, then by what only K3s answers. */
type Flavour = 'k3s' | 'rke2' | 'kubernetes' | 'talos';
function flavourOf(sighting: Sighting): Flavour | undefined {
  const { ports } = sighting;
  const api = openTalk(ports.get(6443));
  const leaf = api?.certificates?.[0];
  const kubelet = leafAt(sighting, 10_250);
  const supervisor = leafAt(sighting, 9345);
  const apid = leafAt(sighting, 50_000);
  if (isOf(apid?.issuer, 'talos') || isOf(apid?.subject, 'talos')) return 'talos';
  const isRke2 = [leaf, kubelet, supervisor].some(each => isIssuedBy(each, 'rke2-server-ca'));
  if (isRke2 || isOf(leaf?.subject, 'rke2') || (supervisor && isPong(openTalk(ports.get(9345)))))
    return 'rke2';
  const byIssuer = [leaf, kubelet].some(each => isIssuedBy(each, 'k3s-server-ca'));
  if (byIssuer || isOf(leaf?.subject, 'k3s')) return 'k3s';
  // A site with a CA of its own has other names; but only K3s answers with the CA that its leaf proves.
  if (isPong(api) && api?.provesCa === true) return 'k3s';
  const isApi = part(leaf?.subject ?? '', 'CN') === 'kube-apiserver';
  if (isApi && isOf(leaf?.issuer, 'kubernetes') && part(leaf?.issuer ?? '', 'CN') === undefined)
    return 'talos';
  const isKubelet = kubelet && /^(system:node:|[a-z0-9])/.test(part(kubelet.subject, 'CN') ?? '');
  return isApi || isKubelet ? 'kubernetes' : undefined;
}

const isServer = (sighting: Sighting): boolean =>
  [6443, 2379, 2380].some(port => sighting.ports.get(port)?.is === 'open');

const isPretender = (sighting: Sighting): boolean => {
  const api = openTalk(sighting.ports.get(6443));
  return api?.caHash !== undefined && api.provesCa !== true;
};

function kindOf(sighting: Sighting, flavour: Flavour | undefined): MachineKind {
  const { ports, announced } = sighting;
  if (flavour === 'k3s') {
    // It shows a CA and holds no certificate of it: whatever it is, nobody's server.
    if (isPretender(sighting)) return 'k3s';
    if (isServer(sighting)) return 'k3s-server';
    // Whether the API's port is closed or only dropped by a firewall is a difference.
    return ports.get(6443)?.is === 'closed' || ports.get(6443) === undefined ? 'k3s-agent' : 'k3s';
  }
  if (flavour !== undefined) return flavour;
  if (isRegistry(openTalk(ports.get(5000)))) return 'registry';
  const says = [...ports].some(([, what]) => what.is === 'open' && what.talk.banner?.startsWith('SSH-'));
  if (says) return 'ssh';
  const isOpen = [...ports.values()].some(what => what.is === 'open');
  return isOpen || announced.length > 0 ? 'other' : 'closed';
}

const isRegistry = (talk: Talk | undefined): boolean =>
  answerAt(talk, '/v2/')?.headers['docker-distribution-api-version'] !== undefined;

/** The node's name, from the kubelet's certificate: `CN=<node name>` with K3s, `system:node:<name>` elsewhere. */
function kubeletOf(sighting: Sighting): Recognised['kubelet'] {
  const leaf = leafAt(sighting, 10_250);
  const name = part(leaf?.subject ?? '', 'CN')
    ?.replace(/^system:node:/, '')
    // A kubelet that signed for itself adds the time.
    .replace(/@\d{9,}$/, '');
  if (!leaf || name === undefined || name === '') return undefined;
  return { name: oneLine(name), issuer: oneLine(part(leaf.issuer, 'CN') ?? leaf.issuer) };
}

function serviceAt(port: number, what: Knocked, flavour: Flavour | undefined): MachineService | undefined {
  if (what.is === 'nobody' || what.is === 'could-not') return undefined;
  if (what.is !== 'open')
    return { port, what: usualAt(port), state: what.is, says: what.is === 'closed' ? '' : 'No answer.' };
  const { talk } = what;
  return {
    port,
    what: serviceOf(port, talk, flavour),
    state: 'open',
    says: lineOf(talk),
    ...(talk.trouble !== undefined && { strange: true }),
  };
}

const usual: Readonly<Record<number, MachineService['what']>> = {
  22: 'ssh',
  6443: 'kube-api',
  9345: 'rke2-supervisor',
  10250: 'kubelet',
  2379: 'etcd-client',
  2380: 'etcd-peer',
  9100: 'node-exporter',
  5000: 'registry',
  50000: 'talos',
};
const usualAt = (port: number): MachineService['what'] => usual[port] ?? 'other';

/** What truly stands behind an open port; the port's number alone names nothing. */
function serviceOf(port: number, talk: Talk, flavour: Flavour | undefined): MachineService['what'] {
  const leaf = talk.certificates?.[0];
  const name = part(leaf?.subject ?? '', 'CN') ?? '';
  if (talk.banner?.startsWith('SSH-')) return 'ssh';
  if (port === 6443 && leaf && flavour !== undefined) return flavour === 'k3s' ? 'k3s-api' : 'kube-api';
  if (port === 9345 && leaf && flavour === 'rke2') return 'rke2-supervisor';
  if (port === 10_250 && leaf && flavour !== undefined) return 'kubelet';
  if (port === 2379 && /^(etcd|kube-etcd)/.test(name)) return 'etcd-client';
  if (port === 2380 && /^(etcd|kube-etcd)/.test(name)) return 'etcd-peer';
  if (port === 50_000 && leaf && flavour === 'talos') return 'talos';
  if (isRegistry(talk)) return 'registry';
  if (port === 9100 && /node.?exporter/i.test(answerAt(talk, '/')?.body ?? '')) return 'node-exporter';
  return 'other';
}

/** One line about an open port, in the far side's own words as far as there are any. */
function lineOf(talk: Talk): string {
  const [leaf] = talk.certificates ?? [];
  const [answer] = talk.http ?? [];
  // What is neither SSH nor anything we asked for is not worth a line of noise.
  const banner = talk.trouble === undefined || talk.banner?.startsWith('SSH-') ? talk.banner : undefined;
  const said = [
    banner,
    leaf && `certificate of ${leaf.subject}`,
    answer && `HTTP ${answer.status}`,
    talk.trouble,
  ].filter(each => each !== undefined && each !== '');
  return oneLine(said.join(' · '));
}

/** Milliseconds of the far clock less ours, from the first answer that tells its time. */
function clockOffset(sighting: Sighting): number | undefined {
  for (const what of sighting.ports.values())
    for (const { headers, at } of openTalk(what)?.http ?? []) {
      const told = Date.parse(headers['date'] ?? '');
      if (Number.isFinite(told)) return Math.round((told - at) / 1000);
    }
  return undefined;
}

function certificatesOf(sighting: Sighting): readonly MachineCertificate[] {
  return [...sighting.ports].flatMap(([port, what]) => {
    const leaf = openTalk(what)?.certificates?.[0];
    if (!leaf) return [];
    const { subject, issuer, sha256, notBefore, notAfter } = leaf;
    return [{ port, subject: oneLine(subject), issuer: oneLine(issuer), sha256, notBefore, notAfter }];
  });
}

/** A name that points at this machine only: not at the whole cluster, and not at every machine there is. */
const isOwnName = (name: string): boolean =>
  !/^(localhost|kubernetes(\..*)?|k3s)$/i.test(name) && !/^[\d.]+$|:/.test(name);

/** A serial console that somebody shares over the network (ser2net announces itself as `_iostream._tcp`). */
const consoleServer = ({ service, port }: Announced): readonly MachineService[] =>
  port !== undefined && /^_(iostream|telnet)\._tcp/.test(service)
    ? [{ port, what: 'ser2net', state: 'open', says: oneLine(`Announced as ${service}.`) }]
    : [];

/** Everything a scan heard at one address, made sense of. */
export function recognise(sighting: Sighting): Recognised {
  const flavour = flavourOf(sighting);
  const kubelet = kubeletOf(sighting);
  const api = [6443, 9345].map(port => openTalk(sighting.ports.get(port))).find(talk => talk?.caHash);
  const clockOffsetSeconds = clockOffset(sighting);
  const certificates = certificatesOf(sighting);
  const keys = [...sighting.ports.values()].flatMap(what => openTalk(what)?.hostKeys ?? []);
  const announced = sighting.announced.map(each => oneLine(each.host)).filter(each => each !== '');
  const named = (leafAt(sighting, 10_250)?.names ?? []).map(each => oneLine(each)).filter(isOwnName);
  const services = [
    ...[...sighting.ports].flatMap(([port, what]) => serviceAt(port, what, flavour) ?? []),
    ...sighting.announced.flatMap(consoleServer),
  ];
  const marks: Mark[] = [
    ...keys.map(({ fingerprint }): Mark => ({ kind: 'host-key', value: fingerprint })),
    ...(sighting.mac === undefined ? [] : [{ kind: 'mac' as const, value: sighting.mac.toLowerCase() }]),
    ...(kubelet && flavour === 'k3s'
      ? [{ kind: 'kubelet' as const, value: `${kubelet.name} of ${kubelet.issuer}` }]
      : []),
  ];
  return {
    kind: kindOf(sighting, flavour),
    services,
    certificates,
    names: [...new Set([...(kubelet ? [kubelet.name] : []), ...announced, ...named])].slice(0, 32),
    marks,
    provesCa: api?.provesCa === true,
    ...(api?.caHash !== undefined && { caHash: api.caHash }),
    ...(clockOffsetSeconds !== undefined && { clockOffsetSeconds }),
    ...(kubelet && { kubelet }),
  };
}
