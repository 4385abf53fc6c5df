import { FieldError } from '../../../../preload/contract/failure.ts';
import type { FailureCode } from '../../../../preload/contract/failure.ts';
import { stateIn } from '../../../core/console/words.ts';
import type { Standing } from '../../../core/console/prompts.ts';
import { scrubber } from '../../../core/scrub.ts';
import type { Secret } from '../../../core/secret.ts';
import type { ConsoleLogin } from '../../../ports.ts';

/** A login that knows which secrets it gave away: they are asked for when the console asks, and not to clean a text. */
export interface RememberingLogin extends ConsoleLogin {
  readonly given: readonly Secret[];
}

export function remembering(login: ConsoleLogin): RememberingLogin {
  const given: Secret[] = [];
  return {
    user: login.user,
    name: login.name,
    given,
    secret: kind => {
      const secret = login.secret(kind);
      if (secret) given.push(secret);
      return secret;
    },
  };
}

const untouched = 'No command was sent to the node.';

/** What stands in the way of a login, in words. What the console said is shown without the password. */
export function inTheWay(
  login: RememberingLogin,
  standing: Standing,
  code: FailureCode = 'unreachable',
): FieldError {
  const saw = scrubber(login.given).text(standing.saw).trim();
  const { says } = stateIn(standing, new Date(0), false);
  return new FieldError({
    code,
    says: saw === '' ? says : `${says} It shows: ${saw}`,
    about: login.name,
    untouched,
    next: next[standing.is] ?? 'Look at the console and bring it to a login prompt, then try again.',
    facts: { state: standing.is },
  });
}

const next: Partial<Record<Standing['is'], string>> = {
  silent: 'Check power and cable, and that the speed is right; then try again.',
  noise: 'Let the speed be found again, and check the cable.',
  echo: 'Check where the cable really ends.',
  booting: 'Wait until the machine is up, then try again.',
  'boot-loop': 'Save what the black box holds, then look after power, card and disk.',
  grub: 'Choose “start the default entry” on the console, or pick an entry by hand.',
  'u-boot': 'Choose “start the default entry” on the console.',
  initramfs: 'Read the lines above the prompt; the machine must be repaired before anybody can log in.',
  fsck: 'Decide on the console yourself, after everything worth saving was copied.',
  panic: 'Power the machine off and on. Save what the black box holds for headquarters.',
  'root-locked': 'Start it once with SYSTEMD_SULOGIN_FORCE=1 as described, then try again.',
  running: 'Wait for the command, or leave it on the console; then try again.',
  editor: 'Save or leave the editor on the console, then try again.',
  stranger: 'Find out who types there. Try again when the console is quiet.',
};

export const passwordNeeded = (
  login: ConsoleLogin,
  of: string,
  secret: 'password' | 'root' = 'password',
): FieldError =>
  new FieldError({
    code: 'password-needed',
    says: `The console asks for the password of ${of}.`,
    about: login.name,
    untouched,
    next: `Give the password that ${of} uses on this machine.`,
    facts: { secret },
  });

/** `shaky`: letters of the name came back wrong before, so the password may have arrived wrong too. */
export const wrongPassword = (
  login: ConsoleLogin,
  said: string,
  shaky: boolean,
  secret: 'password' | 'root' = 'password',
): FieldError =>
  new FieldError({
    code: 'login-refused',
    says: `The console did not accept the name or the password (${said}).`,
    about: login.name,
    untouched: `${untouched} The password was tried once only, so that nobody gets locked out.`,
    next: shaky
      ? 'Letters get lost on this line, so the password may have arrived wrong: check cable and speed first.'
      : 'Give the right name and password, and try again.',
    facts: { secret },
  });

export const demandsNewPassword = (login: ConsoleLogin, saw: string): FieldError =>
  new FieldError({
    code: 'login-refused',
    says: 'The login accepts the password, but demands a new one before it lets anybody in.',
    about: login.name,
    untouched: `${untouched} The password was not changed.`,
    next: 'Log in on the console by hand, set a new password there, and give it to Coldstart.',
    facts: { state: 'new-password', saw },
  });

export const refusedLogin = (login: ConsoleLogin, why: string, next: string): FieldError =>
  new FieldError({ code: 'login-refused', says: why, about: login.name, untouched, next });

export const tookTooLong = (login: RememberingLogin, what: string, saw: string): FieldError => {
  const shown = scrubber(login.given).text(saw).trim();
  return new FieldError({
    code: 'timed-out',
    says: shown === '' ? what : `${what} It shows: ${shown}`,
    about: login.name,
    untouched,
    next: 'Look at the console. Try again when a login prompt stands there.',
  });
};

/** What a login says when it knows the account and still lets nobody in; the first that fits counts. */
export const refusals: readonly (readonly [said: RegExp, says: string, next: string])[] = [
  [
    /account is locked due to|account locked due to|tally|Maximum number of tries exceeded|Too many (?:failed )?login/i,
    'The account is locked for a while after too many wrong passwords.',
    'Wait until the lock ends, or log in as another user.',
  ],
  [
    /account has expired|account expired/i,
    'The account has expired.',
    'Log in as another user, or let an administrator renew the account.',
  ],
  [
    /This account is currently not available|no shell|Cannot execute \S+: /i,
    'The account has no shell.',
    'Log in as another user.',
  ],
  [
    /System is (?:booting up|going down)|Unprivileged users are not permitted to log in|logins are (?:currently )?disabled/i,
    'The machine lets only root log in now: it is still starting, or going down.',
    'Wait until it is up, or log in as root.',
  ],
  [
    /Permission denied|PAM Failure|Authentication service cannot|Module is unknown|Critical error - immediate abort|Cannot make\/remove/i,
    'The login refuses this account for a reason of its own.',
    'Log in as another user, or look at the login rules (/etc/pam.d, /etc/security) on the machine.',
  ],
];
