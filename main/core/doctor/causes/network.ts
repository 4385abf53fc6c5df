import { now, picked } from '../suspect.ts';
import type { Matcher } from '../suspect.ts';
import { quote, shown } from '../view.ts';
import type { View } from '../view.ts';
import type { LogLine } from '../log.ts';
import { remedy } from './remedies.ts';

const noRoute = { any: ['unable to select an ip from default routes', 'no default routes found in'] };

/** K3s finds its own address by the default route, and there is none. */
export const noDefaultRoute: Matcher = view => {
  const { facts, k3s } = view;
  const lines = now(view, noRoute);
  const bare =
    facts.defaultRoute === false &&
    facts.service !== undefined &&
    facts.service.is !== 'running' &&
    !k3s.isUp;
  if (lines.length === 0 && !(bare && facts.service.unit !== 'none')) return undefined;
  return {
    cause: 'no-default-route',
    sure: lines.length > 0 ? 'certain' : 'possible',
    says: 'The node has no default route, and K3s cannot tell its own address without one.',
    lines: [
      ...picked(lines, 2),
      ...(facts.defaultRoute === false ? [quote('network', 'default route: none')] : []),
    ],
    not: 'It is not a wrong address: none was looked for.',
    next: 'Give the node its gateway back. Where there is none, a default route to any address of the LAN will do. Setting only node-ip helps K3s start, but not the pods’ network.',
    remedies: [remedy('set-address', 'The network of the node stops for a moment.')],
  };
};

/** `Found [a=https://10.0.0.1:2380 …], expect: b=https://10.0.0.2:2380`: who etcd knows, and who this server now says it is. */
interface Membership {
  readonly line: LogLine;
  readonly known: readonly { readonly name: string; readonly url: string }[];
  readonly self?: { readonly name: string; readonly url: string };
}
function membership(line: LogLine): Membership {
  const found = /found \[([^\]]*)\],? expect:? ?"?(\S+?)=((?:https?:\/\/)?[^\s",]+)/.exec(line.low);
  const known = (found?.[1] ?? '').split(/[\s,]+/).flatMap(one => {
    const [name, url] = one.split('=');
    return name !== undefined && url !== undefined ? [{ name, url }] : [];
  });
  const [name, url] = [found?.[2], found?.[3]];
  return { line, known, ...(name !== undefined && url !== undefined && { self: { name, url } }) };
}
const host = (url: string): string => /^(?:https?:\/\/)?\[?([^\]/]+?)\]?(?::\d+)?$/.exec(url)?.[1] ?? url;

const strange = { any: ['is not a member of the etcd cluster', 'is a not a member of the etcd cluster'] };
const noSuchAddress = { any: ['bind: cannot assign requested address'], but: ['pod', 'container'] };
const oldServer = {
  any: [
    /failed to validate connection to cluster at https:\/\/\S+.*(?:no route to host|i\/o timeout|network is unreachable|deadline exceeded|host is down)/,
  ],
};

const keepData = 'Nothing is deleted; the network of the node stops for a moment.';
const give =
  'Best: give the node its old address back, by a static address or a reservation, and set node-ip. A single server may instead be reset to its new address; a server of several is removed and joined again.';

/** The addresses of this node that config.yaml or etcd still count on. */
function lostAddress(view: View): string | undefined {
  const wanted = view.facts.config.get('node-ip')?.split(',')[0];
  return wanted !== undefined &&
    wanted !== '' &&
    view.facts.addresses.length > 0 &&
    !view.facts.addresses.includes(wanted)
    ? wanted
    : undefined;
}

/** The address of this server, or of the server this agent knows, is another one now. */
export const ipChanged: Matcher = view => {
  const found = now(view, strange).map(membership);
  const moved = found.find(({ known, self }) =>
    known.some(one => one.name === self?.name && host(one.url) !== host(self.url)),
  );
  const cannotBind = now(view, noSuchAddress);
  const gone = lostAddress(view);
  const base = {
    cause: 'ip-changed' as const,
    not: 'It is not a broken datastore: it only knows this server by another address.',
    next: give,
    remedies: [
      remedy('set-address', keepData),
      remedy('rejoin-member', 'The local copy of the datastore is moved aside, not deleted.'),
    ],
  };
  if (moved) {
    const old = moved.known.find(one => one.name === moved.self?.name);
    return {
      ...base,
      sure: 'certain',
      says: `This server’s address changed from ${host(old?.url ?? '')} to ${host(moved.self?.url ?? '')}.`,
      lines: [shown(moved.line)],
    };
  }
  if (found.length > 0)
    return {
      ...base,
      sure: gone === undefined ? 'likely' : 'certain',
      says: 'etcd does not know this server by the name and address it has now.',
      lines: [
        ...picked(
          found.map(({ line }) => line),
          2,
        ),
      ],
    };
  if (cannotBind.length > 0 || (gone !== undefined && view.facts.service?.is !== 'running'))
    return {
      ...base,
      sure: cannotBind.length > 0 && gone !== undefined ? 'certain' : 'likely',
      says:
        gone === undefined
          ? 'K3s is told to use an address that this node does not have.'
          : `The node no longer has the address ${gone} that its configuration names.`,
      lines: [...picked(cannotBind, 2), ...(gone === undefined ? [] : [quote('config', `node-ip: ${gone}`)])],
      remedies: [remedy('set-address', keepData)],
    };
  return agentLost(view);
};

function agentLost(view: View): ReturnType<Matcher> {
  const lines = now(view, oldServer);
  const [line] = lines;
  if (!line || view.facts.defaultRoute === false) return undefined;
  const url = /cluster at (https:\/\/[^\s:]+(?::\d+)?)/.exec(line.low)?.[1] ?? 'the server';
  return {
    cause: 'ip-changed',
    sure: 'possible',
    says: `Nothing answers at ${url}, where this node looks for its server: the server is off, or it has another address now.`,
    lines: picked(lines, 2),
    not: 'It is not the token: the server was never reached.',
    next: 'See whether the server is on and which address it has. If that changed: give it back, or change “server:” in this node’s configuration.',
    remedies: [remedy('set-address', keepData), remedy('repair-config')],
  };
}

const taken = {
  any: ['bind: address already in use', 'address already in use'],
  but: ['hostport', 'portforward', 'metrics-bind'],
};
const ourPorts = [6443, 6444, 2379, 2380, 2381, 2382, 10250, 10248, 10249, 10256, 10257, 10258, 10259, 10010];

/** Somebody else listens where K3s wants to. */
export const portTaken: Matcher = view => {
  const lines = view.k3s.isUp ? [] : now(view, taken);
  const [line] = lines;
  if (!line) return undefined;
  const port = Number(/:(\d{2,5}): bind/.exec(line.low)?.[1] ?? 0);
  const holder = view.facts.listeners.find(one => one.port === port);
  const who = holder?.program;
  return {
    cause: 'port-taken',
    sure: ourPorts.includes(port) ? 'certain' : 'likely',
    says: `Port ${port || 'a port'} is taken${who === undefined ? '' : ` by “${who}”`}, and K3s needs it.`.replace(
      'Port a port',
      'A port',
    ),
    lines: [...picked(lines, 2), ...(holder ? [quote('ports', holder.line)] : [])],
    not: 'It is not a wrong address: the address is right, the port is not free.',
    next: `Find who listens with “ss -ltnp”, and stop it or move it: a load balancer on the same host, or a second K3s.`,
    remedies: [],
  };
};
