import { resolve } from 'node:path';
import type { Client } from '../../preload/contract/client.ts';
import type {
  CallArgs,
  CallName,
  CallReply,
  FeedArgs,
  FeedItem,
  FeedName,
} from '../../preload/contract/contract.ts';
import type { Bundle, Site, SiteNode } from '../../preload/contract/domain.ts';
import { FieldError } from '../../preload/contract/failure.ts';
import type { Failure, FailureCode } from '../../preload/contract/failure.ts';
import type { NodeId } from '../../preload/contract/ids.ts';
import type { Output } from './output.ts';
import { firstKeyLine, firstLine } from './questions.ts';
import type { Questions } from './questions.ts';
import type { Parsed } from './verb.ts';

/** Everything a verb works with: the host, its arguments, where its words go, who may be asked. */
export class At {
  readonly client: Client;
  readonly args: readonly string[];
  readonly options: Parsed['options'];
  readonly output: Output;
  readonly questions: Questions;
  readonly signal: AbortSignal;
  /** Asks the open browser door for another link; absent when no browser door is open. */
  readonly newLink: (() => Promise<string>) | undefined;
  /** How what this verb may want to be consented to is consented to here. */
  readonly #consent: string | undefined;
  readonly #given = new Map<string, string>();

  constructor(parts: {
    client: Client;
    parsed: Parsed;
    output: Output;
    questions: Questions;
    signal: AbortSignal;
    newLink?: (() => Promise<string>) | undefined;
  }) {
    this.client = parts.client;
    this.args = parts.parsed.args;
    this.options = parts.parsed.options;
    this.output = parts.output;
    this.questions = parts.questions;
    this.signal = parts.signal;
    this.newLink = parts.newLink;
    this.#consent = consents[parts.parsed.verb.name.split(' ')[0] ?? ''];
  }

  arg(i: number): string {
    return this.args[i] ?? '';
  }
  option(name: string): string | undefined {
    const value = this.options[name];
    return typeof value === 'string' ? value : undefined;
  }
  /** A path as this command's folder sees it: the host may run elsewhere. An empty word is a slip, never this folder. */
  path(word: string): string {
    if (word !== '') return resolve(word);
    throw new FieldError({
      code: 'bad-ask',
      says: 'The path is empty.',
      untouched: 'Nothing was done.',
      next: 'Give the path of a file or folder; a dot stands for the folder you are in.',
    });
  }
  many(name: string): string[] {
    const value = this.options[name];
    return Array.isArray(value) ? value.filter(one => typeof one === 'string') : [];
  }
  has(name: string): boolean {
    return this.options[name] === true;
  }

  /**
   * Calls the host. Where it needs the vault's passphrase, a password or a decision about a host key, that is taken
   * from the options, else asked on the terminal, and the call is made again; each need is met once. `about` is the node
   * the call is about where its arguments do not say.
   */
  async call<N extends CallName>(
    name: N,
    args: CallArgs<N>,
    about: NodeId | undefined = nodeIn(args),
  ): Promise<CallReply<N>> {
    const met = new Set<string>();
    for (;;) {
      try {
        return await this.client.call(name, args, {
          signal: this.signal,
          onProgress: progress => this.output.progress(progress),
        });
      } catch (thrown) {
        if (!(thrown instanceof FieldError) || met.has(thrown.failure.code)) throw thrown;
        met.add(thrown.failure.code);
        if (!(await this.meet(thrown.failure, about))) throw this.#unmet(thrown);
      }
    }
  }

  /** Items of a feed. Needs are met as in `call`, as long as nothing has come yet. */
  async *listen<N extends FeedName>(
    name: N,
    args: FeedArgs<N>,
    about: NodeId | undefined = nodeIn(args),
  ): AsyncGenerator<FeedItem<N>, void> {
    const met = new Set<string>();
    for (let begun = false; ;) {
      try {
        for await (const item of this.client.listen(name, args, { signal: this.signal })) {
          begun = true;
          yield item;
        }
        return;
      } catch (thrown) {
        if (begun || !(thrown instanceof FieldError) || met.has(thrown.failure.code)) throw thrown;
        met.add(thrown.failure.code);
        if (!(await this.meet(thrown.failure, about))) throw this.#unmet(thrown);
      }
    }
  }

  /** The same failure, with the option that would have met the need: the app's own words speak of a page with fields. */
  #unmet(thrown: FieldError): FieldError {
    const { failure } = thrown;
    const option = optionFor[failure.code] ?? (failure.code === 'consent-needed' ? this.#consent : undefined);
    if (option === undefined) return thrown;
    const wanted = this.option('host-key');
    const more =
      failure.code !== 'host-key-unknown'
        ? `On the command line: ${option}.`
        : wanted === undefined
          ? `Then run the command again with --host-key ${String(failure.facts?.['fingerprint'] ?? 'SHA256:…')}.`
          : `The option --host-key named another one: ${wanted}.`;
    return new FieldError(
      { ...failure, next: [failure.next, more].filter(Boolean).join(' ') },
      { cause: thrown },
    );
  }

  /** Gives the host what it stopped for, from the options or by asking; false when it is no such need, or nobody has it. */
  async meet(failure: Failure, node: NodeId | undefined): Promise<boolean> {
    switch (failure.code) {
      case 'vault-locked':
        return this.openVault();
      case 'host-key-unknown':
        return node !== undefined && this.#meetHostKey(failure, node);
      case 'password-needed':
        return node !== undefined && this.#meetPassword(failure, node);
      case 'sudo-password-needed':
        return (
          node !== undefined &&
          this.#meetSecret(
            node,
            'sudo',
            this.option('sudo-password-file') === undefined ? 'password-file' : 'sudo-password-file',
            'Password for sudo on the node',
          )
        );
      case 'passphrase-needed':
        return (
          node !== undefined &&
          this.#meetSecret(node, 'passphrase', 'key-passphrase-file', 'Passphrase of the SSH key')
        );
      default:
        return false;
    }
  }

  /** Unlocks the vault, or makes one on a new home, from `--passphrase-file` or by asking. */
  async openVault(): Promise<boolean> {
    const { vault } = await this.client.call('app.about', {}, { signal: this.signal });
    if (vault === 'open') return true;
    const given = await this.secretFrom(
      'passphrase-file',
      vault === 'new'
        ? "New passphrase for this laptop's vault (write it down): "
        : "Passphrase of this laptop's vault: ",
    );
    if (given === undefined) return false;
    if (vault === 'new' && this.option('passphrase-file') === undefined) {
      const again = await this.questions.askHidden('Once more: ');
      if (again !== given)
        throw new FieldError({
          code: 'bad-ask',
          says: 'The two passphrases differ.',
          untouched: 'No vault was made.',
          next: 'Run the command again.',
        });
    }
    await this.client.call(
      vault === 'new' ? 'vault.create' : 'vault.unlock',
      { passphrase: given },
      { signal: this.signal },
    );
    return true;
  }

  async #meetHostKey(failure: Failure, node: NodeId): Promise<boolean> {
    const offered = String(failure.facts?.['fingerprint'] ?? '');
    const wanted = this.option('host-key');
    if (wanted !== undefined && wanted !== offered) return false;
    if (wanted === undefined) {
      if (!this.questions.possible) return false;
      this.output.say(`${failure.says}\n  ${offered}\nCompare it with the label on the node or its console.`);
      const answer = await this.questions.ask('Type yes if it is the same: ');
      if (answer.trim() !== 'yes') return false;
    }
    await this.client.call('node.trust', { node, fingerprint: offered }, { signal: this.signal });
    return true;
  }

  /** The password of the login serves sudo too, so another one for sudo has to be given along with it. */
  async #meetPassword(failure: Failure, node: NodeId): Promise<boolean> {
    // In emergency mode the machine asks for root, whoever the node is logged in to as.
    if (failure.facts?.['secret'] === 'root')
      return this.#meetSecret(node, 'root', 'root-password-file', 'Password of root on the node');
    if (!(await this.#meetSecret(node, 'password', 'password-file', 'Password of the node'))) return false;
    if (this.option('sudo-password-file') !== undefined)
      await this.#meetSecret(node, 'sudo', 'sudo-password-file', 'Password for sudo on the node');
    return true;
  }

  async #meetSecret(
    node: NodeId,
    kind: 'password' | 'passphrase' | 'sudo' | 'root',
    option: string,
    question: string,
  ): Promise<boolean> {
    const secret = await this.secretFrom(option, `${question}: `);
    if (secret === undefined) return false;
    await this.client.call('node.secret', { node, kind, secret, keep: false }, { signal: this.signal });
    return true;
  }

  /**
   * A secret from the file an option names, else typed at the terminal; undefined when neither is there. Standard input
   * can be read once, so what an option gave is remembered.
   */
  async secretFrom(option: string, question: string): Promise<string | undefined> {
    const path = this.option(option);
    if (path !== undefined) {
      const known = this.#given.get(path) ?? firstLine(path);
      this.#given.set(path, known);
      return known;
    }
    return this.questions.possible ? this.questions.askHidden(question) : undefined;
  }

  /** An age identity from the file an option names, else typed. */
  async identity(option: string, question: string): Promise<string> {
    const path = this.option(option);
    const given =
      path === undefined
        ? this.questions.possible && (await this.questions.askHidden(question))
        : firstKeyLine(path);
    if (typeof given === 'string' && given.trim() !== '') return given;
    throw new FieldError({
      code: 'bad-ask',
      says: 'No key was given to open it with.',
      untouched: 'Nothing was opened.',
      next: `Add --${option} FILE, or --${option} - and give the key on standard input.`,
    });
  }

  /** Asks for a plain yes. Without a terminal and without `--yes` nothing may go on: exit 3. */
  async agree(question: string, refused: Failure): Promise<void> {
    if (this.has('yes')) return;
    if (
      this.questions.possible &&
      (await this.questions.ask(`${question} Type yes to go on: `)).trim() === 'yes'
    )
      return;
    throw new FieldError(refused);
  }

  async site(word: string | undefined): Promise<Site> {
    const sites = await this.call('site.list', {});
    if (sites.length === 0) throw none('site', 'coldstart site create NAME');
    const found = word === undefined ? (sites.length === 1 ? sites : []) : named(sites, word);
    return single(found, 'site', word, 'coldstart site list');
  }

  async node(word: string): Promise<SiteNode> {
    const nodes = await this.call('node.list', {});
    if (nodes.length === 0) throw none('node', 'coldstart node add NAME --address HOST');
    return single(named(nodes, word), 'node', word, 'coldstart node list');
  }

  /** A bundle by the beginning of its id or by its K3s version. */
  async bundle(word: string | undefined): Promise<Bundle> {
    const bundles = await this.call('bundle.list', {});
    if (bundles.length === 0) throw none('bundle', 'coldstart bundle import FOLDER');
    const found =
      word === undefined
        ? bundles.length === 1
          ? bundles
          : []
        : bundles.filter(
            bundle => bundle.k3sVersion === word || (word.length >= 6 && bundle.id.startsWith(word)),
          );
    return single(found, 'bundle', word, 'coldstart bundle list');
  }
}

const inTheClear = '`coldstart node cable NODE PORT --passwords-in-the-clear`';
const ofBundles = '`coldstart bundle verify VERSION --consent VERSION`';
const consents: Readonly<Record<string, string>> = {
  bundle: ofBundles,
  install: ofBundles,
  node: inTheClear,
  exec: inTheClear,
  doctor: inTheClear,
  remedy: '--typed-name NODE, or --choose NAME=VALUE for a question of the remedy',
};

/** What meets a need where nobody can be asked. */
const optionFor: Partial<Record<FailureCode, string>> = {
  'vault-locked': '--passphrase-file FILE, or run it in a terminal to be asked',
  'host-key-unknown': '--host-key SHA256:…',
  'password-needed': '--password-file FILE, or run it in a terminal to be asked',
  'sudo-password-needed': '--sudo-password-file FILE, or run it in a terminal to be asked',
  'passphrase-needed': '--key-passphrase-file FILE, or run it in a terminal to be asked',
  'no-recipient': '`coldstart site recipients SITE age1…`',
  'no-break-glass': '`coldstart keys break-glass --site SITE`',
};

function nodeIn(args: unknown): NodeId | undefined {
  if (typeof args !== 'object' || args === null) return undefined;
  if ('node' in args && typeof args.node === 'string') return args.node as NodeId;
  return 'ask' in args ? nodeIn(args.ask) : undefined;
}

const none = (thing: string, make: string): FieldError =>
  new FieldError({
    code: 'no-such-thing',
    says: `There is no ${thing} here yet.`,
    untouched: 'Nothing was done.',
    next: `Begin with \`${make}\`.`,
  });

const named = <T extends { readonly id: string; readonly name: string }>(
  things: readonly T[],
  word: string,
): readonly T[] => things.filter(thing => thing.id === word || thing.name === word);

export function single<T>(found: readonly T[], thing: string, word: string | undefined, list: string): T {
  const [first, ...more] = found;
  if (first !== undefined && more.length === 0) return first;
  throw new FieldError({
    code: 'no-such-thing',
    says:
      word === undefined
        ? `It is not clear which ${thing} is meant.`
        : first === undefined
          ? `There is no ${thing} “${word}”.`
          : `Several ${thing}s are called “${word}”.`,
    untouched: 'Nothing was done.',
    next: `Run \`${list}\` and name one of them${first === undefined ? '' : ' by its id'}.`,
  });
}
