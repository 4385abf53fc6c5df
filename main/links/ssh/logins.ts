import { join } from 'node:path';
import type { AnyAuthMethod, AuthenticationType, AuthHandlerMiddleware, NextAuthHandler, Prompt } from 'ssh2';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { Secret } from '../../core/secret.ts';
import type { Target } from '../../ports.ts';
import { withHome } from './config.ts';
import { KeyFileAgent, SessionAgent, keyFile } from './keys.ts';
import type { KeyNotes } from './keys.ts';
import type { Hop } from './route.ts';

/** What one login may use. */
export interface Means {
  readonly login: Target['login'];
  readonly secret: Target['secret'];
  /** Socket of the running ssh-agent. */
  readonly agent: string | undefined;
  /** The user's `.ssh`, where the default keys lie. */
  readonly folder: string | undefined;
}

/** Default keys in the order OpenSSH tries them; those it has beyond these need hardware. */
const defaultKeys = ['id_rsa', 'id_ecdsa', 'id_ed25519'];

/** Prompts that hide their answer too, but want something else than the password. */
const moreThanPassword = /code|token|otp|verif|\bpin\b|new |retype|current|change/i;

type Way = 'keys' | 'agent' | 'default-keys' | 'password';
const ways: Record<Target['login']['is'], readonly Way[]> = {
  auto: ['keys', 'agent', 'default-keys', 'password'],
  agent: ['agent'],
  key: ['keys'],
  password: ['password'],
};

/** One login: answers the server's questions and remembers why nothing worked. */
export class Login {
  readonly #hop: Hop;
  readonly #means: Means;
  readonly #notes: KeyNotes = { locked: new Set(), unreadable: new Map() };
  readonly #tried: string[] = [];
  #left: Way[];
  #offered: readonly string[] = [];
  #password: 'not-asked' | 'missing' | 'sent' = 'not-asked';
  #strangePrompt: string | undefined;
  /** A key was accepted. If that was not enough, the node wants a second proof, which ssh2 does not tell us for keys. */
  #keyTaken = false;
  #askedAgain = false;

  constructor(hop: Hop, means: Means) {
    this.#hop = hop;
    this.#means = means;
    this.#left = [...ways[means.login.is]];
  }

  /** True once a password was sent; after a login that worked it is known to be right. */
  get usedPassword(): boolean {
    return this.#password === 'sent';
  }

  /** For ssh2's `authHandler`: asked again after each refusal, with what the server would still take. */
  readonly handler: AuthHandlerMiddleware = (left, partial, next) => {
    const offered = left as readonly AuthenticationType[] | null;
    if (offered) this.#offered = offered;
    // The second of two wanted proofs is nearly always a password, whatever the first one was.
    if ((partial || this.#keyTaken) && !this.#left.includes('password') && this.#password === 'not-asked')
      this.#left.push('password');
    void this.#answer(offered, next);
  };

  async #answer(offered: readonly AuthenticationType[] | null, next: NextAuthHandler): Promise<void> {
    const method = await this.#next(offered).catch(() => undefined);
    // ssh2 takes `false` for "nothing more to try"; its types do not know.
    next(method ?? (false as unknown as AnyAuthMethod));
  }

  async #next(offered: readonly AuthenticationType[] | null): Promise<AnyAuthMethod | undefined> {
    const none: AnyAuthMethod = { type: 'none', username: this.#hop.user };
    if (offered === null) return none;
    // What the node wants after a key is lost in ssh2; asking with nothing in hand gives the list again.
    if (this.#keyTaken && !this.#askedAgain) {
      this.#askedAgain = true;
      return none;
    }
    for (let way = this.#left.shift(); way; way = this.#left.shift()) {
      const method = way === 'password' ? this.#byPassword(offered) : await this.#byKey(way, offered);
      if (method) return method;
    }
    return undefined;
  }

  async #byKey(
    way: Exclude<Way, 'password'>,
    offered: readonly AuthenticationType[],
  ): Promise<AnyAuthMethod | undefined> {
    const username = this.#hop.user;
    const signed = (): void => void (this.#keyTaken = true);
    if (!offered.includes('publickey')) return undefined;
    if (way === 'agent') {
      if (this.#means.agent === undefined) return undefined;
      this.#tried.push('the agent');
      return { type: 'agent', username, agent: new SessionAgent(this.#means.agent, signed) };
    }
    const files = await Promise.all(
      this.#keyPaths(way).map(path => keyFile(path, () => this.#means.secret('passphrase'), this.#notes)),
    );
    const keys = files.filter(key => key !== undefined);
    if (keys.length === 0) return undefined;
    this.#tried.push(...keys.map(key => key.path));
    return { type: 'agent', username, agent: new KeyFileAgent(keys, signed) };
  }

  #keyPaths(way: 'keys' | 'default-keys'): readonly string[] {
    const { login, folder } = this.#means;
    if (login.is === 'key') return [withHome(login.path, folder ?? '')];
    if (way === 'keys') return this.#hop.identityFiles;
    // As with OpenSSH, keys named in the configuration stand in for the default ones.
    if (folder === undefined || this.#hop.identityFiles.length > 0) return [];
    return defaultKeys.map(name => join(folder, name));
  }

  /** A password is sent once: lockout counters on the node are not ours to run up. */
  #byPassword(offered: readonly AuthenticationType[]): AnyAuthMethod | undefined {
    const type = (['password', 'keyboard-interactive'] as const).find(t => offered.includes(t));
    if (type === undefined) return undefined;
    const password = this.#means.secret('password');
    this.#password = password ? 'sent' : 'missing';
    if (!password) return undefined;
    this.#tried.push('the password');
    const username = this.#hop.user;
    if (type === 'password') return { type, username, password: password.reveal() };
    return {
      type,
      username,
      prompt: (_name, _text, _lang, prompts, answer) => answer(this.#answers(prompts, password)),
    };
  }

  #answers(prompts: readonly Prompt[], password: Secret): string[] {
    const simple =
      prompts.length === 1 && prompts.every(({ prompt, echo }) => !echo && !moreThanPassword.test(prompt));
    if (!simple) this.#strangePrompt = prompts.map(prompt => prompt.prompt.trim()).join(' / ');
    return this.#strangePrompt === undefined ? prompts.map(() => password.reveal()) : prompts.map(() => '');
  }

  /** Why nothing let us in. */
  failure(cause: Error): FieldError {
    const about = this.#hop.name;
    const untouched = 'Nothing was run on the node.';
    const locked = [...this.#notes.locked][0];
    if (this.#strangePrompt !== undefined) return this.#asksMore(this.#strangePrompt, cause);
    if (locked !== undefined && this.#password !== 'sent')
      return new FieldError(
        {
          code: 'passphrase-needed',
          says: this.#means.secret('passphrase')
            ? `The passphrase does not open the key ${locked}.`
            : `The node accepts the key ${locked}, which is locked by a passphrase.`,
          about,
          untouched,
          next: 'Give the passphrase of this key.',
          facts: { key: locked },
        },
        { cause },
      );
    if (this.#password === 'missing' && this.#hop.isNode)
      return new FieldError(
        {
          code: 'password-needed',
          says: `${this.#hop.user}@${this.#hop.host} wants a password.`,
          about,
          untouched,
          next: `Give the password of ${this.#hop.user}.`,
        },
        { cause },
      );
    return new FieldError(
      { code: 'login-refused', says: this.#refusal(), about, untouched, next: this.#advice() },
      { cause },
    );
  }

  #refusal(): string {
    const who = `${this.#hop.user}@${this.#hop.host}`;
    if (this.#password === 'missing')
      return `The jump host ${who} wants a password; Coldstart passes jump hosts by agent or key only.`;
    if (this.#password === 'sent')
      return `${who} did not accept the password${this.#tried.length > 1 ? ', nor the keys' : ''}.`;
    if (this.#tried.length > 0) return `${who} did not accept ${this.#tried.join(', ')}.`;
    const unreadable = [...this.#notes.unreadable].filter(
      ([path]) => this.#means.login.is === 'key' || !defaultKeys.some(d => path.endsWith(d)),
    );
    if (unreadable[0]) return `The key ${unreadable[0][0]} cannot be used: ${unreadable[0][1]}.`;
    if (this.#means.login.is === 'agent' && this.#means.agent === undefined)
      return 'No ssh-agent is running on this laptop.';
    return `${who} takes ${this.#offered.join(', ') || 'no login we know'}, and none of that is at hand.`;
  }

  #advice(): string {
    const offered = this.#offered.length > 0 ? ` The node takes: ${this.#offered.join(', ')}.` : '';
    if (this.#password === 'sent')
      return `Check the user name and the password.${offered} It was sent once only, so nobody gets locked out.`;
    return `Check the user name, and that the public key stands in ~/.ssh/authorized_keys on the node.${offered}`;
  }

  #asksMore(prompt: string, cause: Error): FieldError {
    const says = `${this.#hop.user}@${this.#hop.host} asks for more than a password: “${prompt}”.`;
    const next = 'Log in with a key instead, or over the serial console.';
    return new FieldError(
      { code: 'login-refused', says, about: this.#hop.name, untouched: 'Nothing was run on the node.', next },
      { cause },
    );
  }
}
