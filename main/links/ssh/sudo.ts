import { FieldError } from '../../../preload/contract/failure.ts';
import { throughSudo, throughSudoAsking } from '../../core/login-shell.ts';
import type { Secret } from '../../core/secret.ts';
import { freshMark } from './command.ts';
import type { Ended, Start } from './command.ts';

/** How root commands are run on a node. */
export type Right = 'root' | 'passwordless' | 'password' | 'none';

/** A script through `sudo -n`. */
export const withoutPassword = (kill: Start['kill']): Start => ({ wrap: throughSudo, kill });

/**
 * A script through sudo with a password. It is sent once, and only after sudo's own prompt appeared; a second prompt
 * means it was wrong, and then nothing more is sent.
 */
export function withPassword(password: Secret, about: string, kill: Start['kill']): Start {
  const prompt = freshMark();
  let sent = false;
  return {
    wrap: text => throughSudoAsking(text, prompt),
    before: (noise, answer) => {
      const asked = noise.split(prompt).length - 1;
      if (asked > 1 || (sent && /Sorry, try again/.test(noise))) throw wrongPassword(about);
      if (asked === 1 && !sent) {
        sent = true;
        answer(`${password.reveal()}\n`);
      }
    },
    kill,
  };
}

const untouched = 'The command was not started.';

export const wrongPassword = (about: string): FieldError =>
  new FieldError({
    code: 'sudo-refused',
    says: 'sudo did not accept the password.',
    about,
    untouched,
    next: 'Give the right password for sudo. It was tried once only, so that nobody gets locked out.',
  });

export const sudoPasswordNeeded = (about: string, user: string): FieldError =>
  new FieldError({
    code: 'sudo-password-needed',
    says: `sudo wants the password of ${user}.`,
    about,
    untouched,
    next: `Give the password that ${user} uses for sudo.`,
  });

/** What sudo said when it did not run the command. */
export function sudoRefused(about: string, user: string, ended: Ended): FieldError {
  const said = ended.noise
    .split('\n')
    .map(line => line.trim().replace(/^cs[0-9a-f]{24}/, ''))
    .filter(line => line !== '')
    .slice(-3)
    .join(' ');
  return new FieldError({
    code: 'sudo-refused',
    says: noSudo(ended)
      ? 'There is no sudo on the node.'
      : `sudo does not let ${user} run this: ${said || 'it gave no reason'}.`,
    about,
    untouched,
    next: /must have a tty|terminal is required/.test(ended.noise)
      ? 'Take `requiretty` out of /etc/sudoers on the node, or log in as root.'
      : `Log in as root, or let an administrator give ${user} the right (group sudo or wheel).`,
  });
}

export const noSudo = (ended: Ended): boolean =>
  ended.code === 127 || /sudo: not found|sudo: command not found/.test(ended.noise);
/** `sudo -n` stopped because it would have to ask. */
export const wantsPassword = (ended: Ended): boolean =>
  /password is required|a terminal is required/.test(ended.noise);
/** sudo took the password, or needed none, and still said no. */
export const notAllowed = (ended: Ended): boolean =>
  /not in the sudoers|not allowed to (run|execute)|may not run sudo/.test(ended.noise);

export const noRight = (about: string, user: string): FieldError =>
  new FieldError({
    code: 'sudo-refused',
    says: `${user} has no right to act as root on this node.`,
    about,
    untouched: 'The command was not started.',
    next: `Log in as root, or let an administrator give ${user} the right (group sudo or wheel).`,
  });
