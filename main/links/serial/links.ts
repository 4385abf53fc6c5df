import { FieldError } from '../../../preload/contract/failure.ts';
import type { Chance, Clock, ConsoleLogin, Consoles, Links, Target } from '../../ports.ts';
import { SerialLink } from './link/link.ts';

export interface SerialOptions {
  readonly consoles: Consoles;
  readonly clock: Clock;
  readonly chance: Chance;
}

/** Links over serial consoles, for targets with a cable. */
export function serialLinks({ consoles, clock, chance }: SerialOptions): Pick<Links, 'open'> {
  return {
    /** Throws as `Consoles.open` and `HeldLine.logIn` do, and `consent-needed` before a password goes over a network. */
    async open(target, signal) {
      const { cable } = target;
      if (!cable) throw noCable(target.name);
      const console = await consoles.open(cable.port, cable.settings ?? 'detect', signal);
      const held = await console.hold(target.name, signal);
      const { settings } = console;
      return SerialLink.open(
        { held, target, settings, clock, chance, name: target.name },
        loginOf(target),
        signal,
      );
    },
  };
}

/** True for a port that is reached over a network, where others may listen; this laptop's own loopback is none. */
export const isOverNetwork = (port: string): boolean =>
  /^(tcp|rfc2217):(?!\/\/(127\.\d+\.\d+\.\d+|localhost|\[::1\]):)/.test(port);

/** Passwords go over a network only after the technician said so. */
function loginOf(target: Target): ConsoleLogin {
  const { cable } = target;
  const mayTell = !cable || !isOverNetwork(cable.port) || cable.passwordsInTheClear === true;
  return {
    user: target.user,
    name: target.name,
    secret: kind => {
      const secret = target.secret(kind);
      if (secret && !mayTell) throw inTheClear(target.name, cable.port);
      return secret;
    },
  };
}

const noCable = (about: string): FieldError =>
  new FieldError({
    code: 'bad-ask',
    says: 'This node has no serial cable set.',
    about,
    untouched: 'Nothing was sent to the node.',
    next: 'Give the port the cable is plugged into.',
  });

const inTheClear = (about: string, port: string): FieldError =>
  new FieldError({
    code: 'consent-needed',
    says: `The console at ${port} is reached over the network, and nothing on that way is encrypted: a password can be read by others.`,
    about,
    untouched: 'The password was not sent.',
    next: 'Say that passwords may go this way, or plug a cable into the node itself.',
  });
