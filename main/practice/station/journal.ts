/** One line of the node's journal. */
export interface JournalLine {
  /** Milliseconds since 1970, the node's clock. */
  readonly at: number;
  readonly unit: string;
  /** Who said it: `systemd`, `k3s`, `kernel`. */
  readonly by: string;
  readonly pid: number;
  /** 3 error, 4 warning, 6 information. */
  readonly priority: number;
  readonly text: string;
  readonly boot: string;
}

/** The journal; the oldest lines go when there are too many. */
export class Journal {
  lines: JournalLine[] = [];
  #wake: (() => void)[] = [];

  add(line: JournalLine): void {
    this.lines.push(line);
    if (this.lines.length > 4000) this.lines.splice(0, 500);
    for (const wake of this.#wake.splice(0)) wake();
  }

  /** Settles when a line is added. */
  news(): Promise<void> {
    return new Promise(resolve => this.#wake.push(resolve));
  }
}
