import { homedir } from 'node:os';
import { join } from 'node:path';
import { FieldError } from '../../../preload/contract/failure.ts';
import { fingerprintOf } from '../../core/known-hosts.ts';
import type { Clock, Links, Target } from '../../ports.ts';
import { pinByCable } from './by-cable.ts';
import { dial } from './dial.ts';
import { knownHostsOf, refusal } from './host-keys.ts';
import type { OfferedKey } from './host-keys.ts';
import { SshLink } from './link.ts';
import type { Means } from './logins.ts';
import { pin } from './pins.ts';
import { routeTo } from './route.ts';
import type { Hop } from './route.ts';
import type { Wire } from './wire.ts';

export interface SshOptions {
  /** Our own known hosts, written in OpenSSH form; the user's are read, never written. */
  readonly knownHostsFile: string;
  /** The user's `.ssh`. Left out: `~/.ssh`. Undefined: nothing of the user is read, and no agent is asked. */
  readonly userSshFolder?: string | undefined;
  /** Left out: the agent of this session (SSH_AUTH_SOCK), unless nothing of the user is read. */
  readonly agentSocket?: string | undefined;
  readonly clock: Clock;
}

const named = (target: Target): string => `${target.user}@${target.address}:${target.port}`;

/** Links over SSH. */
export function sshLinks(options: SshOptions): Links {
  const folder = Object.hasOwn(options, 'userSshFolder') ? options.userSshFolder : join(homedir(), '.ssh');
  const agent = Object.hasOwn(options, 'agentSocket')
    ? options.agentSocket
    : folder && process.env['SSH_AUTH_SOCK'];
  /** Host keys shown on the way to a target, newest last. */
  const offered = new Map<string, OfferedKey[]>();

  const dialTo = async (target: Target, signal: AbortSignal): Promise<Wire> => {
    const shown: OfferedKey[] = [];
    offered.set(named(target), shown);
    return dial(
      await routeTo(target, folder),
      {
        ownKnownHosts: options.knownHostsFile,
        meansFor: hop => meansFor(hop, target, agent || undefined, folder),
        offered: key => shown.push(key),
      },
      signal,
    );
  };

  return {
    async open(target, signal) {
      const link = await SshLink.open(target, again => dialTo(target, again), options.clock, signal);
      const key = offered.get(named(target))?.findLast(({ hop }) => hop.isNode);
      if (key) link.hostKey = fingerprintOf(key.blob);
      return link;
    },

    async trust(target, fingerprint, signal) {
      if (!offered.has(named(target))) await knock(() => dialTo(target, signal));
      const shown = offered.get(named(target)) ?? [];
      const key = shown.findLast(({ blob }) => fingerprintOf(blob) === fingerprint);
      if (!key) throw otherFingerprint(target, fingerprint, shown);
      const entries = await knownHostsOf([options.knownHostsFile, ...key.hop.knownHosts]);
      const refused = refusal(entries, key);
      if (!refused) return;
      if (refused.failure.code !== 'host-key-unknown') throw refused;
      await pin(options.knownHostsFile, key);
    },

    async trustByCable(target, cable, signal) {
      const hop = (await routeTo(target, folder)).at(-1);
      if (!hop) throw new Error('a route has at least the node itself');
      return pinByCable(options.knownHostsFile, hop, target, cable, signal);
    },
  };
}

/** Connects only to see the host keys. */
async function knock(connect: () => Promise<Wire>): Promise<void> {
  try {
    await (await connect()).close();
  } catch (thrown) {
    const shown = ['host-key-unknown', 'password-needed', 'passphrase-needed', 'login-refused'];
    if (!(thrown instanceof FieldError) || !shown.includes(thrown.failure.code)) throw thrown;
  }
}

/** At a jump host only keys are used: the node's password is nobody else's business. */
function meansFor(hop: Hop, target: Target, agent: string | undefined, folder: string | undefined): Means {
  const secret: Means['secret'] = kind =>
    hop.isNode || kind === 'passphrase' ? target.secret(kind) : undefined;
  return { login: hop.isNode ? target.login : { is: 'auto' }, secret, agent, folder };
}

function otherFingerprint(target: Target, wanted: string, shown: readonly OfferedKey[]): FieldError {
  const seen = shown.map(({ blob }) => fingerprintOf(blob)).join(', ') || 'none';
  return new FieldError({
    code: 'refused',
    says: `The node does not show the host key ${wanted}; it shows ${seen}.`,
    about: target.name,
    untouched: 'No host key was pinned and nothing was sent to the node.',
    next: 'Compare the fingerprint with the node’s own console once more.',
  });
}
