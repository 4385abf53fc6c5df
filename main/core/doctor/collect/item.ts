/** One thing that is asked of a node: a short POSIX script that reads and changes nothing. */
export interface Item {
  readonly id: string;
  /** What it is, for the technician: “K3s journal of this boot”. */
  readonly title: string;
  /**
   * The script. It ends with status 0 when it measured; otherwise the last line of its output says why it did not.
   * It finds `has`, `get`, `no` (it could not be read, because), `skip` (there is nothing of that here) and in `$d` the
   * K3s data folder.
   */
  readonly ask: string;
  /** Seconds until it is left alone. */
  readonly seconds: number;
  /** Bytes of its end that are kept; logs are longer than anything else. */
  readonly keep: number;
}

/** Items that are asked in one command, so that their answers are there together. */
export interface Chapter {
  readonly id: string;
  readonly title: string;
  readonly items: readonly Item[];
}

const small = 24 * 1024;

export const item = (
  id: string,
  title: string,
  ask: string,
  { seconds = 8, keep = small }: { readonly seconds?: number; readonly keep?: number } = {},
): Item => ({ id, title, ask: ask.trim(), seconds, keep });
