import { TerminalFilter } from '../core/terminal-filter.ts';
import { FieldError } from '../../preload/contract/failure.ts';
import type { ConsoleId, NodeId } from '../../preload/contract/ids.ts';
import type { ConsoleDeed, ConsoleNews, ConsoleState, LineSettings } from '../../preload/contract/serial.ts';
import type { At } from './at.ts';
import type { Answer } from './output.ts';
import { plain } from './words.ts';

/** Ctrl-], as in telnet: what follows is for us and not for the node. */
const escapeKey = 0x1d;
const keys =
  'Ctrl-] and then: q leaves · l logs in · b sends BREAK · s and a letter sends SysRq · Ctrl-] sends itself · ? this list';

/** What a key after Ctrl-] means. */
type Wish =
  | { readonly is: 'leave' | 'help' | 'itself' | 'nothing' }
  | { readonly is: 'deed'; readonly deed: ConsoleDeed };
const wishes: Readonly<Record<string, Wish>> = {
  q: { is: 'leave' },
  '?': { is: 'help' },
  '\u001d': { is: 'itself' },
  l: { is: 'deed', deed: 'log-in' },
  b: { is: 'deed', deed: 'break' },
  s: { is: 'deed', deed: 'sysrq' },
};

const stateLine = (state: ConsoleState): string => `[${state.is}] ${state.says}`;

/** Watches a console on this terminal until Ctrl-] q, Ctrl-C without a terminal, or the given time. */
export async function attended(at: At, port: string, settings: LineSettings | undefined): Promise<Answer> {
  const leave = new AbortController();
  const seconds = Number(at.option('for') ?? 0);
  const timer = seconds > 0 ? setTimeout(() => leave.abort(), seconds * 1000) : undefined;
  const word = at.option('node');
  const node = word === undefined ? undefined : (await at.node(word)).id;
  const seat = new Seat(at, node, () => leave.abort());
  const signal = AbortSignal.any([at.signal, leave.signal]);
  let last: ConsoleState | undefined;
  try {
    const news = at.client.listen('console.open', { port, ...(settings && { settings }) }, { signal });
    for await (const one of news) {
      if (one.is === 'opened' || one.is === 'state') last = one.state;
      seat.hear(one);
      if (one.is === 'closed') break;
    }
  } finally {
    clearTimeout(timer);
    seat.close();
  }
  return { json: { port, state: last }, text: '' };
}

/** The technician's own terminal: keys go to the node, the node's bytes come to the screen. */
class Seat {
  readonly #at: At;
  readonly #node: NodeId | undefined;
  readonly #leave: () => void;
  readonly #filter = new TerminalFilter();
  readonly #typing: boolean;
  #console: ConsoleId | undefined;
  #afterEscape: 'no' | 'key' | 'sysrq' = 'no';

  constructor(at: At, node: NodeId | undefined, leave: () => void) {
    this.#at = at;
    this.#node = node;
    this.#leave = leave;
    this.#typing = process.stdin.isTTY && process.stdout.isTTY && !at.output.json;
  }

  hear(news: ConsoleNews): void {
    switch (news.is) {
      case 'opened':
        this.#console = news.console;
        this.#say(`Open at ${news.settings.baud} baud. ${this.#typing ? keys : ''}`.trim());
        this.#say(stateLine(news.state));
        if (this.#typing) this.#sit();
        break;
      case 'bytes':
        this.#show(news.bytes);
        break;
      case 'state':
        this.#say(stateLine(news.state));
        break;
      case 'settings':
        this.#say(`The line is at ${news.settings.baud} baud now.`);
        break;
      case 'driven':
        this.#say(
          news.by === undefined ? 'You may type again.' : `${news.by} is working here; your keys wait.`,
        );
        break;
      case 'note':
      case 'closed':
        this.#say(news.says);
        break;
      default:
        news satisfies never;
    }
  }

  close(): void {
    if (!this.#typing || this.#console === undefined) return;
    process.stdin.off('data', this.#key);
    process.stdin.setRawMode(false);
    process.stdin.pause();
    process.stdout.write('\r\n');
  }

  #sit(): void {
    process.stdin.setRawMode(true);
    process.stdin.on('data', this.#key);
    process.stdin.resume();
  }

  #show(bytes: Uint8Array): void {
    const text = Buffer.from(bytes).toString('latin1');
    if (this.#typing) process.stdout.write(Buffer.from(this.#filter.take(text), 'latin1'));
    else if (this.#at.output.json) this.#at.output.say(Buffer.from(bytes).toString());
    else process.stdout.write(plain(Buffer.from(bytes).toString()));
  }

  #say(text: string): void {
    if (this.#typing) process.stderr.write(`\r\n\u001b[7m ${plain(text)} \u001b[0m\r\n`);
    else this.#at.output.say(text);
  }

  readonly #key = (bytes: Uint8Array): void => {
    let plainFrom = 0;
    for (const [i, byte] of bytes.entries()) {
      if (this.#afterEscape === 'no' && byte !== escapeKey) continue;
      this.#type(bytes.subarray(plainFrom, i));
      plainFrom = i + 1;
      this.#special(String.fromCharCode(byte));
    }
    this.#type(bytes.subarray(plainFrom));
  };

  #special(char: string): void {
    const before = this.#afterEscape;
    this.#afterEscape = 'no';
    if (before === 'no') this.#afterEscape = 'key';
    else if (before === 'sysrq') void this.#do('sysrq', char);
    else this.#wish(wishes[char] ?? { is: 'nothing' });
  }

  #wish(wish: Wish): void {
    switch (wish.is) {
      case 'leave':
        return this.#leave();
      case 'itself':
        return this.#type(Uint8Array.of(escapeKey));
      case 'help':
        return this.#say(keys);
      case 'nothing':
        return this.#say(`Nothing was sent. ${keys}`);
      case 'deed':
        if (wish.deed === 'sysrq') this.#afterEscape = 'sysrq';
        else void this.#do(wish.deed);
        return undefined;
      default:
        return wish satisfies never;
    }
  }

  async #do(deed: ConsoleDeed, sysrq?: string): Promise<void> {
    if (this.#console === undefined) return;
    // Two keys in a row that nothing else uses are the confirmation here.
    const typed = deed === 'break' ? 'BREAK' : 'SYSRQ';
    try {
      await this.#at.call(
        'console.act',
        {
          console: this.#console,
          deed,
          typed,
          ...(this.#node !== undefined && { node: this.#node }),
          ...(sysrq !== undefined && { sysrq }),
        },
        this.#node,
      );
    } catch (thrown) {
      this.#say(thrown instanceof FieldError ? thrown.failure.says : String(thrown));
    }
  }

  #type(bytes: Uint8Array): void {
    if (bytes.length === 0 || this.#console === undefined) return;
    this.#at.client
      .call('console.type', { console: this.#console, bytes: Uint8Array.from(bytes) })
      .catch((thrown: unknown) =>
        this.#say(thrown instanceof FieldError ? thrown.failure.says : String(thrown)),
      );
  }
}
