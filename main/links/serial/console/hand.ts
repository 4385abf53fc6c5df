import type { Standing } from '../../../core/console/prompts.ts';
import type { Secret } from '../../../core/secret.ts';

/** What a procedure that works a console by itself may use of it. */
export interface Hand {
  readonly port: string;
  /** What stands there now. */
  standing(): Standing;
  /** The line at the cursor, and for how many milliseconds it has stood like this. */
  line(): { readonly line: string; readonly ms: number };
  /** How many lines came so far: a place to read on from. */
  lines(): number;
  /** The lines since that place and the one at the cursor, without empty ones. */
  since(place: number): readonly string[];
  /** How many bytes came so far; more than before means that something was said since. */
  heard(): number;
  /** Throws `link-lost` while unplugged. */
  send(what: string | Secret): Promise<void>;
  /** Our own question was answered: a shell stands at the cursor. */
  confirm(root: boolean | undefined): void;
  /** Looks again and again until something is found, at most for so long. Throws `link-lost`, `cancelled`. */
  until<T>(look: () => T | undefined, ms: number, signal: AbortSignal): Promise<T | undefined>;
}
