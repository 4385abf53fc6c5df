import { Sequences } from './sequences.ts';

/** A line that was finished by a line feed. */
export interface Finished {
  readonly text: string;
  /** When its line feed came, in milliseconds of the reader's clock. */
  readonly at: number;
}

interface Row {
  /** A hole is a cell that was never written. */
  cells: string[];
  /** Whether its first written cell is in reverse video, as pagers show their prompt. */
  inverse: boolean;
}

const usualRows = 24;
/** No console is taller; a wild cursor move must not cost memory. */
const mostRows = 200;
const mostColumns = 4096;
const mostFinished = 400;

const emptyRow = (): Row => ({ cells: [], inverse: false });

/**
 * What a terminal would show of a console's bytes: enough of VT100 and xterm for shells, pagers, editors and boot
 * loaders. The real width of the far side is not known, so nothing is wrapped here; its height grows with what is
 * addressed. Depends on the bytes alone, however they were cut.
 */
export class Screen {
  #rows: Row[] = Array.from({ length: usualRows }, emptyRow);
  #row = 0;
  #column = 0;
  #top = 0;
  #bottom = usualRows - 1;
  #saved = { row: 0, column: 0 };
  #inverse = false;
  #drawn = false;
  #alternate = false;
  #finished: Finished[] = [];
  #count = 0;
  #at = 0;
  readonly #decoder = new TextDecoder();
  readonly #sequences = new Sequences({
    print: char => this.#print(char),
    control: char => this.#control(char),
    escape: char => this.#escape(char),
    csi: (final, numbers, mark) => this.#csi(final, numbers, mark),
  });

  /** `at`: when the bytes came. */
  take(bytes: Uint8Array, at: number): void {
    this.#at = at;
    this.#sequences.take(this.#decoder.decode(bytes, { stream: true }));
  }

  /** The line the cursor stands in: all before the cursor, and after it up to the last letter. */
  get line(): string {
    const text = textOf(this.#here());
    return text.slice(0, this.#column).padEnd(this.#column) + text.slice(this.#column).trimEnd();
  }

  /** Whether the cursor's line begins in reverse video. */
  get inverse(): boolean {
    return this.#here().inverse;
  }

  /** Lines finished so far, oldest first; old ones are forgotten. */
  get finished(): readonly Finished[] {
    return this.#finished;
  }

  /** How many lines were ever finished. */
  get count(): number {
    return this.#count;
  }

  /** Somebody moved the cursor about, and no line has scrolled away since. */
  get drawn(): boolean {
    return this.#drawn || this.#alternate;
  }

  /** Text of all rows, top to bottom. */
  get rows(): readonly string[] {
    return this.#rows.map(row => textOf(row).trimEnd());
  }

  #here(): Row {
    return this.#rows[this.#row] ?? emptyRow();
  }

  #print(char: string): void {
    const row = this.#here();
    if (row.cells.every(blank)) row.inverse = this.#inverse;
    while (row.cells.length < this.#column) row.cells.push(' ');
    row.cells[this.#column] = char;
    this.#column = Math.min(this.#column + 1, mostColumns);
  }

  #control(char: string): void {
    if (char === '\r') this.#column = 0;
    else if (char === '\b') this.#column = Math.max(0, this.#column - 1);
    else if (char === '\t') this.#column = Math.min(mostColumns, this.#column - (this.#column % 8) + 8);
    else if (char === '\n' || char === '\v' || char === '\f') this.#feed();
  }

  #feed(): void {
    this.#finished.push({ text: textOf(this.#here()).trimEnd(), at: this.#at });
    this.#count += 1;
    if (this.#finished.length > mostFinished) this.#finished = this.#finished.slice(-mostFinished / 2);
    this.#down();
  }

  #down(): void {
    if (this.#row !== this.#bottom) {
      this.#row = Math.min(this.#row + 1, this.#rows.length - 1);
      return;
    }
    this.#remove(this.#top, 1);
    // A pager scrolls inside its drawing; text that scrolls the whole screen has left the drawing behind.
    if (!this.#alternate && this.#top === 0 && this.#bottom === this.#rows.length - 1) this.#drawn = false;
  }

  #up(): void {
    if (this.#row === this.#top) this.#insert(this.#top, 1);
    else this.#row = Math.max(0, this.#row - 1);
  }

  /** Takes rows out of the scrolling region; empty ones come in at its end. */
  #remove(from: number, many: number): void {
    for (let i = 0; i < Math.min(many, mostRows); i++) {
      this.#rows.splice(from, 1);
      this.#rows.splice(this.#bottom, 0, emptyRow());
    }
  }

  #insert(from: number, many: number): void {
    for (let i = 0; i < Math.min(many, mostRows); i++) {
      this.#rows.splice(this.#bottom, 1);
      this.#rows.splice(from, 0, emptyRow());
    }
  }

  #escape(char: string): void {
    if (char === 'D') this.#down();
    else if (char === 'M') this.#up();
    else if (char === 'E') {
      this.#column = 0;
      this.#feed();
    } else if (char === '7') this.#save();
    else if (char === '8') this.#restore();
    else if (char === 'c') this.#clear();
  }

  #save(): void {
    this.#saved = { row: this.#row, column: this.#column };
  }

  #restore(): void {
    this.#move(this.#saved.row, this.#saved.column);
  }

  #clear(): void {
    this.#rows = this.#rows.map(emptyRow);
    this.#row = 0;
    this.#column = 0;
  }

  #move(row: number, column: number): void {
    if (row < mostRows) while (this.#rows.length <= row) this.#grow();
    this.#row = Math.min(Math.max(row, 0), this.#rows.length - 1);
    this.#column = Math.min(Math.max(column, 0), mostColumns);
  }

  #grow(): void {
    if (this.#bottom === this.#rows.length - 1) this.#bottom += 1;
    this.#rows.push(emptyRow());
  }

  #csi(final: string, numbers: readonly number[], mark: string): void {
    if (mark === '?') {
      if (final === 'h' || final === 'l') this.#mode(numbers, final === 'h');
      return;
    }
    if (mark !== '') return;
    const n = Math.max(1, numbers[0] ?? 1);
    if (final === 'm') this.#colour(numbers);
    else if (!this.#cursor(final, n, numbers)) this.#edit(final, n, numbers[0] ?? 0, numbers);
  }

  #mode(numbers: readonly number[], on: boolean): void {
    if (!numbers.some(n => n === 47 || n === 1047 || n === 1049)) return;
    if (on) {
      this.#save();
      this.#clear();
    } else {
      this.#clear();
      this.#restore();
      this.#drawn = false;
    }
    this.#alternate = on;
  }

  #colour(numbers: readonly number[]): void {
    for (const n of numbers.length === 0 ? [0] : numbers) {
      if (n === 7) this.#inverse = true;
      else if (n === 0 || n === 27) this.#inverse = false;
    }
  }

  #cursor(final: string, n: number, numbers: readonly number[]): boolean {
    switch (final) {
      case 'A':
        this.#move(this.#row - n, this.#column);
        break;
      case 'B':
      case 'e':
        this.#move(Math.min(this.#row + n, this.#rows.length - 1), this.#column);
        break;
      case 'C':
      case 'a':
        this.#move(this.#row, this.#column + n);
        break;
      case 'D':
        this.#move(this.#row, this.#column - n);
        break;
      case 'G':
      case '`':
        this.#move(this.#row, n - 1);
        break;
      case 'd':
        this.#move(n - 1, this.#column);
        break;
      case 'H':
      case 'f':
        this.#move(n - 1, Math.max(1, numbers[1] ?? 1) - 1);
        this.#drawn = true;
        break;
      case 's':
        this.#save();
        break;
      case 'u':
        this.#restore();
        break;
      default:
        return false;
    }
    return true;
  }

  #edit(final: string, n: number, plain: number, numbers: readonly number[]): void {
    const { cells } = this.#here();
    switch (final) {
      case 'K':
        this.#eraseLine(plain);
        break;
      case 'J':
        this.#eraseScreen(plain);
        break;
      case 'P':
        cells.splice(this.#column, n);
        break;
      case '@':
        cells.splice(this.#column, 0, ...Array.from({ length: Math.min(n, mostColumns) }, () => ' '));
        break;
      case 'X':
        for (let i = 0; i < n && this.#column + i < cells.length; i++) cells[this.#column + i] = ' ';
        break;
      case 'L':
        this.#insert(this.#row, n);
        break;
      case 'M':
        this.#remove(this.#row, n);
        break;
      case 'r':
        this.#region((numbers[0] ?? 1) - 1, (numbers[1] ?? this.#rows.length) - 1);
        break;
      default:
    }
  }

  #region(top: number, bottom: number): void {
    while (this.#rows.length <= Math.min(bottom, mostRows - 1)) this.#grow();
    this.#top = Math.max(0, top);
    this.#bottom = Math.min(Math.max(bottom, this.#top), this.#rows.length - 1);
    this.#row = 0;
    this.#column = 0;
  }

  #eraseLine(how: number): void {
    const { cells } = this.#here();
    if (how === 0) cells.length = Math.min(cells.length, this.#column);
    else if (how === 1) cells.fill(' ', 0, this.#column + 1);
    else cells.length = 0;
  }

  #eraseScreen(how: number): void {
    const from = how === 0 ? this.#row + 1 : 0;
    const to = how === 1 ? this.#row : this.#rows.length;
    for (let i = from; i < to; i++) this.#rows[i] = emptyRow();
    if (how < 2) this.#eraseLine(how);
  }
}

const blank = (cell: string | undefined): boolean => cell === undefined || cell === ' ';
const textOf = (row: Row): string => row.cells.join('');
