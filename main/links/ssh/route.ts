import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { FieldError } from '../../../preload/contract/failure.ts';
import { hostLabel } from '../../core/known-hosts.ts';
import type { Target } from '../../ports.ts';
import { homeOf, settingsFor, withHome } from './config.ts';
import type { HostSettings } from './config.ts';

/** One machine to connect to on the way to the node; the last hop is the node itself. */
export interface Hop {
  /** Name used in failures. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Name under which its host key is kept. */
  readonly label: string;
  readonly identityFiles: readonly string[];
  /** Files of the user's own that hold host keys; read only. */
  readonly knownHosts: readonly string[];
  readonly isNode: boolean;
}

interface Wanted {
  readonly name: string;
  readonly address: string;
  /** Undefined: what the configuration says, else 22. */
  readonly port: number | undefined;
  /** Empty: what the configuration says, else who uses this laptop. */
  readonly user: string;
  readonly isNode: boolean;
}

/** OpenSSH gives up on longer chains too; ours catches a ProxyJump that names itself. */
const mostHops = 8;

const localUser = (): string => {
  try {
    return userInfo().username;
  } catch {
    return process.env['USER'] ?? '';
  }
};

/** All hops to a target, jump hosts first. Without a folder nothing of the user is read. */
export async function routeTo(target: Target, folder: string | undefined): Promise<readonly Hop[]> {
  // Port 22 is what a node has when nobody said otherwise, so a `Port` in the configuration may speak.
  const port = target.port === 22 ? undefined : target.port;
  const node = { name: target.name, address: target.address, port, user: target.user, isNode: true };
  if (folder === undefined) return [hop(node, new Map(), undefined)];
  return chain(node, folder, undefined, 1);
}

async function chain(
  wanted: Wanted,
  folder: string,
  before: readonly Hop[] | undefined,
  depth: number,
): Promise<readonly Hop[]> {
  if (depth > mostHops) throw tooManyHops(wanted.name);
  const settings = await settingsFor(wanted.address, folder, localUser());
  const self = hop(wanted, settings, folder);
  if (before) return [...before, self];
  const jumps = settings.get('proxyjump')?.[0] ?? 'none';
  if (jumps.toLowerCase() === 'none') {
    refuseProxyCommand(wanted, settings);
    return [self];
  }
  let route: readonly Hop[] | undefined;
  for (const jump of jumps.split(',')) route = await chain(jumpHost(jump.trim()), folder, route, depth + 1);
  return [...(route ?? []), self];
}

/** One element of ProxyJump: `[user@]host[:port]`, or an `ssh://` address of the same. */
function jumpHost(text: string): Wanted {
  const [, user = '', bracketed, plain, port] =
    /^(?:ssh:\/\/)?(?:(.+)@)?(?:\[([^\]]+)\]|([^:]+|[^:]*:[^:]*:.*?))(?::(\d+))?\/?$/.exec(text) ?? [];
  const address = bracketed ?? plain ?? text;
  return {
    name: `jump host ${address}`,
    address,
    port: port ? Number(port) : undefined,
    user,
    isNode: false,
  };
}

function hop(wanted: Wanted, settings: HostSettings, folder: string | undefined): Hop {
  const one = (key: string): string | undefined => settings.get(key)?.[0];
  const user = wanted.user || one('user') || localUser();
  const named = one('hostname')?.replaceAll(/%[%hn]/g, t => (t === '%%' ? '%' : wanted.address));
  const host = unbracketed(named ?? wanted.address);
  const port = wanted.port ?? Number(one('port') ?? 22);
  const tokens = { host, port, user, original: wanted.address, folder: folder ?? '' };
  const alias = one('hostkeyalias');
  const files = (key: string): string[] =>
    (settings.get(key) ?? []).filter(f => f !== 'none').map(f => filled(f, tokens));
  return {
    name: wanted.name,
    host,
    port,
    user,
    // An alias stands for itself, whatever the port (sshconnect.c, get_hostfile_hostname_ipaddr).
    label: alias ? filled(alias, tokens).toLowerCase() : hostLabel(host, port),
    identityFiles: files('identityfile'),
    knownHosts: folder === undefined ? [] : knownHostsFiles(settings, files('userknownhostsfile'), folder),
    isNode: wanted.isNode,
  };
}

const unbracketed = (address: string): string => /^\[(.*)\]$/.exec(address)?.[1] ?? address;

function knownHostsFiles(
  settings: HostSettings,
  named: readonly string[],
  folder: string,
): readonly string[] {
  const own = settings.has('userknownhostsfile')
    ? named
    : ['known_hosts', 'known_hosts2'].map(f => join(folder, f));
  return [...own, '/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2'];
}

interface Tokens {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly original: string;
  readonly folder: string;
}

/** The tokens of ssh_config(5) that make sense without a running ssh. */
function filled(text: string, tokens: Tokens): string {
  const values: Record<string, string> = {
    '%': '%',
    d: homeOf(tokens.folder),
    h: tokens.host,
    L: hostname().split('.')[0] ?? '',
    l: hostname(),
    n: tokens.original,
    p: String(tokens.port),
    r: tokens.user,
    u: localUser(),
  };
  const path = text.replaceAll(/%(.)/g, (whole, letter: string) => values[letter] ?? whole);
  return withHome(path, tokens.folder);
}

function refuseProxyCommand(wanted: Wanted, settings: HostSettings): void {
  const command = settings.get('proxycommand')?.join(' ') ?? 'none';
  if (command.toLowerCase() === 'none') return;
  throw new FieldError({
    code: 'could-not',
    says: `~/.ssh/config reaches ${wanted.address} through a ProxyCommand, which Coldstart does not run.`,
    about: wanted.name,
    untouched: 'Nothing was sent to the node.',
    next: 'Write the way as ProxyJump in ~/.ssh/config, or give the address of the node itself.',
  });
}

const tooManyHops = (name: string): FieldError =>
  new FieldError({
    code: 'could-not',
    says: `The jump hosts in ~/.ssh/config lead in a circle, or over more than ${mostHops} machines.`,
    about: name,
    untouched: 'Nothing was sent to the node.',
    next: 'Look at the ProxyJump lines of this host in ~/.ssh/config.',
  });
