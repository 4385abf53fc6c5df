import type { Carrier } from '../../preload/contract/frames.ts';

/** What the preload script puts into the page of the window: frames in, frames out, nothing else. */
export interface Gate {
  post(frame: unknown): void;
  hear(listener: (frame: unknown) => void): void;
}

/**
 * Makes carriers over the gate, one after the other: each new one takes the frames over. The gate lives as long as the
 * page, so a carrier closes from this side only.
 */
export function gateCarriers(gate: Gate): () => Carrier<unknown, unknown> {
  let current: object | undefined;
  let hears: (frame: unknown) => void = () => {};
  gate.hear(frame => hears(frame));
  return () => {
    const mine = {};
    const closed: (() => void)[] = [];
    const isOpen = (): boolean => current === mine;
    current = mine;
    return {
      post: frame => {
        if (isOpen()) gate.post(frame);
      },
      hear: listener => {
        if (isOpen()) hears = listener;
      },
      closed: listener => {
        closed.push(listener);
      },
      close: () => {
        if (!isOpen()) return;
        current = undefined;
        hears = () => {};
        for (const listener of closed.splice(0)) listener();
      },
    };
  };
}
