import type { Tty } from '../console/tty.ts';
import type { Call, Program, Programs } from '../shell/call.ts';
import { keyed, nextKey, ownTty } from './pager.ts';

/** A text being edited, and where the cursor stands. */
class Page {
  lines: string[];
  row = 0;
  column = 0;
  changed = false;

  constructor(text: string) {
    this.lines = text.replace(/\n$/, '').split('\n');
  }
  get line(): string {
    return this.lines[this.row] ?? '';
  }
  get text(): string {
    return `${this.lines.join('\n')}\n`;
  }
  put(line: string): void {
    this.lines[this.row] = line;
    this.changed = true;
  }
  insert(char: string): void {
    this.put(this.line.slice(0, this.column) + char + this.line.slice(this.column));
    this.column += 1;
  }
  split(): void {
    const rest = this.line.slice(this.column);
    this.put(this.line.slice(0, this.column));
    this.lines.splice(this.row + 1, 0, rest);
    this.row += 1;
    this.column = 0;
  }
  back(): void {
    if (this.column > 0) {
      this.put(this.line.slice(0, this.column - 1) + this.line.slice(this.column));
      this.column -= 1;
    } else if (this.row > 0) {
      const rest = this.line;
      this.removeLine();
      if (this.row > 0 && this.row >= this.lines.length) this.row = this.lines.length - 1;
      else this.row -= 1;
      this.column = this.line.length;
      this.put(this.line + rest);
    }
  }
  remove(): void {
    this.put(this.line.slice(0, this.column) + this.line.slice(this.column + 1));
  }
  removeLine(): void {
    this.lines.splice(this.row, 1);
    if (this.lines.length === 0) this.lines = [''];
    this.row = Math.min(this.row, this.lines.length - 1);
    this.changed = true;
  }
  move(key: string): boolean {
    const way = /^\x1b[[O]([ABCDHF])$/.exec(key)?.[1];
    if (way === 'A') this.row = Math.max(0, this.row - 1);
    else if (way === 'B') this.row = Math.min(this.lines.length - 1, this.row + 1);
    else if (way === 'C') this.column += 1;
    else if (way === 'D') this.column -= 1;
    else if (way === 'H') this.column = 0;
    else if (way === 'F') this.column = this.line.length;
    else return false;
    this.column = Math.max(0, Math.min(this.column, this.line.length));
    return true;
  }
}

interface Screen {
  readonly call: Call;
  readonly tty: Tty;
  readonly page: Page;
  readonly path: string;
  readonly name: string;
}

const to = (row: number, column: number): string => `\x1b[${row};${column}H`;

/** The lines around the cursor, below `above` rows of the editor's own. */
function body({ tty, page }: Screen, above: number, below: number): string {
  const rows = Math.max(3, (tty.size.rows || 24) - above - below);
  const first = Math.max(0, Math.min(page.row - rows + 1, page.lines.length - 1));
  let text = '';
  for (let i = 0; i < rows; i += 1)
    text += `${to(above + 1 + i, 1)}${page.lines[first + i]?.slice(0, (tty.size.cols || 80) - 1) ?? ''}\x1b[K`;
  return text + to(above + 1 + page.row - first, page.column + 1);
}

function save({ call, page, path }: Screen): void {
  const how = { write: true, create: true, truncate: true, mode: 0o666 & ~call.umask };
  call.station.tree.open(path, how, call.who).write(0, Buffer.from(page.text));
  page.changed = false;
}

async function edit(call: Call, work: (screen: Screen) => Promise<void>): Promise<number> {
  const tty = ownTty(call);
  const name = call.args.find(arg => !/^[-+]/.test(arg)) ?? 'new';
  if (!tty) return (await call.err(`${call.name}: standard output is not a terminal\n`), 1);
  const path = call.path(name);
  const page = new Page(call.station.tree.peek(path, call.who) ? call.station.tree.read(path) : '');
  await call.out('\x1b[?1049h\x1b[2J');
  try {
    // Ctrl-C belongs to the editor.
    await keyed(tty, async () => {
      tty.set({ isig: false, ixon: false });
      await work({ call, tty, page, path, name });
    });
  } finally {
    await call.out(`${to(tty.size.rows || 24, 1)}\x1b[K\x1b[?1049l`);
  }
  return 0;
}

async function nanoKeys(screen: Screen): Promise<void> {
  const { call, tty, page, name } = screen;
  const key = (): Promise<string | undefined> => nextKey(tty, call.process.signal);
  const rows = tty.size.rows || 24;
  let says = '';
  for (;;) {
    const title = `  GNU nano 8.4                ${name}${page.changed ? ' *' : ''}`.padEnd(
      (tty.size.cols || 80) - 1,
    );
    await call.out(
      `${to(1, 1)}\x1b[7m${title}\x1b[27m${to(rows - 2, 1)}${says}\x1b[K${to(rows - 1, 1)}^G Help      ^O Write Out ^W Where Is  ^K Cut       ^T Execute\x1b[K${to(rows, 1)}^X Exit      ^R Read File ^\\ Replace   ^U Paste     ^J Justify\x1b[K${body(screen, 1, 3)}`,
    );
    says = '';
    const pressed = await key();
    if (pressed === undefined) return;
    if (pressed === '\x18') {
      if (!page.changed) return;
      await call.out(`${to(rows - 2, 1)}\x1b[7mSave modified buffer?                      \x1b[27m\x1b[K`);
      const answer = await key();
      if (/^[nN]$/.test(answer ?? '')) return;
      if (!/^[yY]$/.test(answer ?? '')) continue;
    }
    if (pressed === '\x18' || pressed === '\x0f') {
      await call.out(`${to(rows - 2, 1)}\x1b[7mFile Name to Write: ${name}\x1b[27m\x1b[K`);
      if (!/^[\r\n]$/.test((await key()) ?? '')) continue;
      save(screen);
      says = `[ Wrote ${page.lines.length} lines ]`;
      if (pressed === '\x18') return;
    } else if (pressed === '\x0b') page.removeLine();
    else if (pressed === '\r' || pressed === '\n') page.split();
    else if (pressed === '\x7f' || pressed === '\b') page.back();
    else if (!page.move(pressed) && pressed >= ' ' && !pressed.startsWith('\x1b')) page.insert(pressed);
  }
}

async function viKeys(screen: Screen): Promise<void> {
  const { call, tty, page, name } = screen;
  const key = (): Promise<string | undefined> => nextKey(tty, call.process.signal);
  const rows = tty.size.rows || 24;
  let [inserting, held, says] = [false, '', `"${name}" ${page.lines.length}L`];
  const command = async (): Promise<'leave' | 'stay'> => {
    let word = '';
    for (;;) {
      await call.out(`${to(rows, 1)}:${word}\x1b[K`);
      const pressed = await key();
      if (pressed === undefined) return 'leave';
      if (pressed === '\x1b') return 'stay';
      if (/^[\r\n]$/.test(pressed)) break;
      word = pressed === '\x7f' ? word.slice(0, -1) : word + pressed;
    }
    if (/^(w|wq|x)!?$/.test(word)) {
      save(screen);
      says = `"${name}" ${page.lines.length}L written`;
    }
    if (word === 'q' && page.changed) says = 'E37: No write since last change (add ! to override)';
    else if (/^(q|q!|wq!?|x)$/.test(word)) return 'leave';
    else if (!/^w!?$/.test(word)) says = `E492: Not an editor command: ${word}`;
    return 'stay';
  };
  for (;;) {
    await call.out(`${to(rows, 1)}${inserting ? '-- INSERT --' : says}\x1b[K${body(screen, 0, 1)}`);
    const pressed = await key();
    if (pressed === undefined) return;
    if (page.move(pressed)) continue;
    if (inserting) {
      if (pressed === '\x1b') inserting = false;
      else if (pressed === '\r' || pressed === '\n') page.split();
      else if (pressed === '\x7f' || pressed === '\b') page.back();
      else if (pressed >= ' ') page.insert(pressed);
      continue;
    }
    if (pressed === ':') {
      if ((await command()) === 'leave') return;
    } else if (held + pressed === 'dd') page.removeLine();
    else if (held + pressed === 'ZZ') {
      save(screen);
      return;
    } else if (pressed === 'i') inserting = true;
    else if (pressed === 'a') [inserting, page.column] = [true, Math.min(page.line.length, page.column + 1)];
    else if (pressed === 'A') [inserting, page.column] = [true, page.line.length];
    else if (pressed === 'o') {
      page.column = page.line.length;
      page.split();
      inserting = true;
    } else if (pressed === 'x') page.remove();
    else page.move(`\x1b[${{ h: 'D', j: 'B', k: 'A', l: 'C', '0': 'H', $: 'F' }[pressed] ?? 'Z'}`);
    held = /^[dZ]$/.test(pressed) && held === '' ? pressed : '';
  }
}

const nano: Program = call => edit(call, nanoKeys);
const vi: Program = call => edit(call, viKeys);

export const editorPrograms: Programs = { nano, vi, vim: vi, editor: nano };
