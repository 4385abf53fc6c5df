import { mostBytesToHost } from '../../preload/contract/codec.ts';
import { bye } from '../../preload/contract/frames.ts';
import type { Carrier } from '../../preload/contract/frames.ts';
import { isWithin } from '../../preload/contract/weight.ts';

/** What the preload script puts into the page of the window: frames in, frames out, nothing else. */
export interface Gate {
  post(frame: unknown): void;
  hear(listener: (frame: unknown) => void): void;
}

interface Mine {
  hears: (frame: unknown) => void;
  readonly closed: (() => void)[];
}

const isBye = (frame: unknown): boolean => (frame as { t?: unknown } | null)?.t === bye.t;

/**
 * Makes carriers over the gate, one after the other: the page has one at a time, and the host ends the one before when
 * it hears the hello of the next.
 */
export function gateCarriers(gate: Gate): () => Carrier<unknown, unknown> {
  let current: Mine | undefined;
  const end = (mine: Mine): void => {
    current = undefined;
    for (const listener of mine.closed.splice(0)) listener();
  };
  gate.hear(frame => {
    if (!current) return;
    if (isBye(frame)) end(current);
    else current.hears(frame);
  });
  return () => {
    const mine: Mine = { hears: () => {}, closed: [] };
    if (current) end(current);
    current = mine;
    const isOpen = (): boolean => current === mine;
    return {
      post: frame => {
        if (!isWithin(frame, mostBytesToHost))
          throw new RangeError(`a frame is larger than the ${mostBytesToHost} bytes allowed here`);
        if (isOpen()) gate.post(frame);
      },
      hear: listener => {
        mine.hears = listener;
      },
      closed: listener => {
        if (isOpen()) mine.closed.push(listener);
        else listener();
      },
      close: () => {
        if (!isOpen()) return;
        gate.post(bye);
        end(mine);
      },
    };
  };
}
