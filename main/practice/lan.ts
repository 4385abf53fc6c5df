import { X509Certificate } from 'node:crypto';
import type { Wire } from '../../preload/contract/scan.ts';
import { cancelled } from '../../preload/contract/failure.ts';
import type { CertificateSeen, Knocked, Neighbour, Talk } from '../core/lan/sighting.ts';
import { caHash } from '../core/server-token.ts';
import type { Clock, NetworkSenses, Question } from '../ports.ts';
import { networkOf } from './station/network.ts';
import type { Station } from './station/station.ts';

const wire = 'practice0';
const tls = '/var/lib/rancher/k3s/server/tls';
/** As long as the real thing takes on a quiet network. */
const answerMs = 3;
const unansweredMs = 3000;

/** Machines beside the practice node that no site is without: they are there, and no port of theirs answers. */
const bystanders = [
  { host: 1, mac: '02:00:5e:10:00:01' },
  { host: 40, mac: '02:00:5e:10:00:28' },
] as const;

/** A pretended network with the practice node in it, and nothing of the laptop's own networks. No packet leaves. */
export function practiceLan(parts: {
  readonly station: Station;
  readonly clock: Clock;
  /** `SHA256:…` of the node's SSH host key. */
  readonly fingerprint: string;
}): NetworkSenses {
  const { station, clock } = parts;
  const here = () => networkOf(station);
  const beside = (host: number): string => here().address.replace(/\d+$/, String(host));
  const asked = new Set<string>();

  const macOf = (address: string): string | undefined => {
    if (address === here().address) return station.reachable ? station.identity.mac : undefined;
    return bystanders.find(({ host }) => beside(host) === address)?.mac;
  };

  async function answer(address: string, port: number, question: Question): Promise<Knocked> {
    const isNode = address === here().address;
    const listens =
      isNode &&
      here()
        .listening()
        .some(each => each.port === port && each.protocol === 'tcp');
    if (!listens) return { is: 'closed', ms: answerMs };
    return { is: 'open', ms: answerMs, talk: await talk(address, port, question) };
  }

  async function talk(address: string, port: number, question: Question): Promise<Talk> {
    if (question.is === 'ssh') {
      const isAsked = question.keyTypes.includes('ssh-ed25519');
      const key = { type: 'ssh-ed25519', fingerprint: parts.fingerprint };
      return { banner: 'SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u5', hostKeys: isAsked ? [key] : [] };
    }
    if (question.is !== 'tls') return {};
    const leaf = leafOf(station, port);
    const http = question.paths.flatMap(path => {
      const found = station.answer(`https://${address}:${port}${path}`);
      if (!found) return [];
      const headers = { date: new Date(station.now()).toUTCString() };
      return [{ path, status: found.status, headers, body: found.body, at: clock.now().getTime() }];
    });
    const cas = http.find(({ path, status }) => path === '/cacerts' && status === 200);
    const hash = cas && caHash(Buffer.from(cas.body));
    return {
      ...(leaf && { certificates: [leaf.seen] }),
      http,
      ...(hash !== undefined && { caHash: hash }),
      ...(leaf && cas && { provesCa: leaf.certificate.verify(new X509Certificate(cas.body).publicKey) }),
    };
  }

  return {
    wires: async () => {
      const { prefix } = here();
      const own: Wire = { name: wire, kind: 'cable', plugged: true, addresses: [`${beside(2)}/${prefix}`] };
      return [own];
    },
    neighbours: async () =>
      [...asked].flatMap((address): readonly Neighbour[] => {
        const mac = macOf(address);
        return mac === undefined ? [] : [{ address, wire, mac, state: 'resolved', fresh: true }];
      }),
    async ask({ address, port }, question, { signal, onOpen }) {
      if (signal.aborted) throw cancelled('Asking');
      asked.add(address);
      const isThere = macOf(address) !== undefined;
      await clock.sleep(isThere ? answerMs : unansweredMs, signal);
      if (!isThere) return { is: 'nobody' };
      const what = await answer(address, port, question);
      if (what.is === 'open') onOpen?.();
      return what;
    },
    announcements: async (_wires, { signal }) => {
      await clock.sleep(2 ** 31 - 1, signal).catch(() => undefined);
    },
    callAllNodes: async () => [],
    arpTries: async () => 1,
  };
}

/** The certificate the node shows on the API's port, as it lies on its disk. */
function leafOf(
  station: Station,
  port: number,
): { readonly certificate: X509Certificate; readonly seen: CertificateSeen } | undefined {
  const path = port === 6443 ? `${tls}/serving-kube-apiserver.crt` : `${tls}/etcd/server-client.crt`;
  if (![6443, 2379].includes(port) || !station.tree.peek(path)) return undefined;
  const certificate = new X509Certificate(station.tree.read(path));
  const oneLine = (name: string): string => name.split('\n').join(', ');
  return {
    certificate,
    seen: {
      subject: oneLine(certificate.subject),
      issuer: oneLine(certificate.issuer),
      sha256: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
      notBefore: certificate.validFromDate.toISOString(),
      notAfter: certificate.validToDate.toISOString(),
      names: (certificate.subjectAltName ?? '').split(', ').map(name => name.replace(/^[^:]+:/, '')),
    },
  };
}
