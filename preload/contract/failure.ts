/**
 * How a failure ends: it decides the CLI's exit code and the page's colour.
 * `check` something measured is wrong · `usage` asked wrongly · `safety` refused to protect data ·
 * `cancelled` the technician stopped it · `could-not` unreachable, lost link, disk · `bug` ours.
 */
export type FailureKind = 'check' | 'usage' | 'safety' | 'cancelled' | 'could-not' | 'bug';

/** Exit codes of the CLI, one per kind (0 is done). */
export const exitCodes: Record<FailureKind, number> = {
  check: 1,
  usage: 2,
  safety: 3,
  cancelled: 4,
  'could-not': 5,
  bug: 70,
};

/** Every failure the app can name, with its kind. A new failure is one line here. */
export const failureKinds = {
  'bad-ask': 'usage',
  'no-such-thing': 'usage',
  'already-there': 'usage',

  'check-failed': 'check',
  damaged: 'check',
  'bundle-incomplete': 'check',
  'bad-signature': 'check',
  'preflight-blocked': 'check',
  'step-failed': 'check',

  refused: 'safety',
  'host-key-unknown': 'safety',
  'host-key-changed': 'safety',
  'host-key-revoked': 'safety',
  'consent-needed': 'safety',
  'no-recipient': 'safety',
  'no-break-glass': 'safety',
  'another-node': 'safety',
  'held-elsewhere': 'safety',
  'practice-only': 'safety',
  'space-short': 'safety',
  'vault-locked': 'safety',
  'no-proven-copy': 'safety',

  cancelled: 'cancelled',

  unreachable: 'could-not',
  'login-refused': 'could-not',
  'password-needed': 'could-not',
  'passphrase-needed': 'could-not',
  'wrong-passphrase': 'could-not',
  'sudo-password-needed': 'could-not',
  'sudo-refused': 'could-not',
  'link-lost': 'could-not',
  'timed-out': 'could-not',
  'not-writable': 'could-not',
  'disk-full': 'could-not',
  'gone-away': 'could-not',
  'could-not': 'could-not',

  bug: 'bug',
} as const satisfies Record<string, FailureKind>;

export type FailureCode = keyof typeof failureKinds;

/**
 * A failure in the technician's words. `says` what happened, `about` which node, file or stick,
 * `untouched` what was left as it was, `next` what to do. `facts` carries machine-readable extras,
 * such as the fingerprint of an unknown host key; never a secret.
 */
export interface Failure {
  readonly code: FailureCode;
  readonly says: string;
  readonly about?: string;
  readonly untouched?: string;
  readonly next?: string;
  readonly facts?: Readonly<Record<string, string | number | boolean>>;
}

/** The one error class whose content is meant for the technician. */
export class FieldError extends Error {
  readonly failure: Failure;
  constructor(failure: Failure, options?: ErrorOptions) {
    super(failure.says, options);
    this.name = 'FieldError';
    this.failure = failure;
  }
}

/** What a thrown value means to the technician; anything we did not foresee is a bug and says so. */
export function failureOf(thrown: unknown): Failure {
  if (thrown instanceof FieldError) return thrown.failure;
  if (thrown instanceof Error && thrown.name === 'AbortError')
    return stopped('Stopped because you asked for it.');
  return {
    code: 'bug',
    says: `Something went wrong inside Coldstart: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
    untouched: 'Nothing further was done after this point.',
    next: 'Try once more. If it happens again, note this text and carry on with another way; tell headquarters.',
  };
}

export const kindOf = (failure: Failure): FailureKind => failureKinds[failure.code];

/** The failure to throw when the technician stopped something. */
export const cancelled = (what: string): FieldError =>
  new FieldError(stopped(`${what} was stopped because you asked for it.`));

const stopped = (says: string): Failure => ({
  code: 'cancelled',
  says,
  untouched: 'What was finished before stays as it is; nothing further was begun.',
  next: 'Begin again when you are ready.',
});
