import { FieldError } from '../../../preload/contract/failure.ts';
import type { Hop } from './route.ts';

const untouched = 'Nothing was sent to the node.';

/** What a socket's error code means at the station, and what to do about it. */
const meanings: Record<string, { readonly says: (hop: Hop) => string; readonly next: string }> = {
  ECONNREFUSED: {
    says: hop => `${hop.host} is there, but nothing answers on port ${hop.port}.`,
    next: 'Check the port, and on the node’s console that sshd runs (`systemctl status ssh`).',
  },
  EHOSTUNREACH: {
    says: hop => `${hop.host} does not answer on this network.`,
    next: 'Check that the node is powered, its cable to the switch, and that the laptop is on the same network.',
  },
  ENETUNREACH: {
    says: hop => `The laptop has no way to ${hop.host}.`,
    next: 'Check the laptop’s own network: cable, address, and that it is in the network of the site.',
  },
  ETIMEDOUT: {
    says: hop => `No answer from ${hop.host} on port ${hop.port}.`,
    next: 'Check the cable to the switch and the address, or open a serial link. A firewall also looks like this.',
  },
  ENOTFOUND: {
    says: hop => `No name server knows ${hop.host}.`,
    next: 'Check the spelling, or use the IP address: at an offline site names are often not served.',
  },
  EAI_AGAIN: {
    says: hop => `The name ${hop.host} could not be looked up: no name server answers.`,
    next: 'Use the IP address: at an offline site names are often not served.',
  },
  ECONNRESET: {
    says: hop => `${hop.host} closed the connection at once.`,
    next: 'The node may block this laptop after failed logins, or have too many logins open. Wait a minute, then try again.',
  },
  EINVAL: {
    says: hop => `${hop.host} is not an address this laptop can connect to.`,
    next: 'A link-local address needs its interface at the end, such as fe80::1%eth0.',
  },
};

const codeOf = (cause: unknown): string => {
  const error = cause as NodeJS.ErrnoException & { errors?: readonly NodeJS.ErrnoException[] };
  return error.code ?? error.errors?.find(e => e.code !== undefined)?.code ?? '';
};

/** Why a machine could not be reached, in the technician's words. */
export function unreachable(hop: Hop, cause: unknown): FieldError {
  const known = meanings[codeOf(cause)];
  return new FieldError(
    {
      code: 'unreachable',
      says: known?.says(hop) ?? `${hop.host} could not be reached: ${(cause as Error).message}.`,
      about: hop.name,
      untouched,
      next: known?.next ?? 'Check cable, address and port, or open a serial link.',
    },
    { cause },
  );
}

/** The machine behind a jump host could not be reached from there. */
export const unreachableBehind = (hop: Hop, jump: Hop, cause: Error): FieldError =>
  new FieldError(
    {
      code: 'unreachable',
      says: `${jump.host} could not reach ${hop.host} on port ${hop.port}: ${cause.message.replace(/^\(SSH\) Channel open failure: /, '')}.`,
      about: hop.name,
      untouched,
      next: `Check the address as ${jump.host} sees it, and that its sshd allows forwarding (AllowTcpForwarding).`,
    },
    { cause },
  );

/** Something answered, but no SSH conversation came about. */
export function handshakeFailure(hop: Hop, cause: Error): FieldError {
  const mismatch = /no matching (.*?) algorithm|no matching/i.exec(cause.message);
  const silent = /timed out|before handshake/i.test(cause.message);
  return new FieldError(
    {
      code: 'unreachable',
      says: mismatch
        ? `${hop.host} and Coldstart have no common way to encrypt (${cause.message}).`
        : silent
          ? `${hop.host} took the connection on port ${hop.port}, but did not speak SSH.`
          : `The SSH greeting with ${hop.host} failed: ${cause.message}.`,
      about: hop.name,
      untouched,
      next: mismatch
        ? 'The node’s SSH server is very old or very strict. Use the serial console.'
        : 'Check the port. A node that is overloaded or blocks this laptop also looks like this: wait a minute, then try again.',
    },
    { cause },
  );
}
