import type { NodeId } from '../../../preload/contract/ids.ts';
import type { Link } from '../../ports.ts';

/** Runs `work` with a link to a node; the link is given back when it is done. */
export type WithLink = (
  node: NodeId,
  signal: AbortSignal,
  work: (link: Link) => Promise<void>,
) => Promise<void>;

interface Held {
  readonly link: Promise<Link>;
  readonly given: Promise<void>;
  readonly letGo: () => void;
}

/** Links that are opened when they are first needed and held until all of them are given back together. */
export class HeldLinks {
  readonly #withLink: WithLink;
  readonly #held = new Map<NodeId, Held>();

  constructor(withLink: WithLink) {
    this.#withLink = withLink;
  }

  /** Throws what opening it threw; it is then tried anew by the next who asks. */
  async get(node: NodeId, signal: AbortSignal): Promise<Link> {
    const held = this.#held.get(node) ?? this.#open(node, signal);
    try {
      return await held.link;
    } catch (thrown) {
      this.#held.delete(node);
      throw thrown;
    }
  }

  #open(node: NodeId, signal: AbortSignal): Held {
    const link = Promise.withResolvers<Link>();
    const done = Promise.withResolvers<void>();
    const given = this.#withLink(node, signal, opened => {
      link.resolve(opened);
      return done.promise;
    }).catch((thrown: unknown) => {
      link.reject(thrown);
    });
    const held: Held = {
      link: link.promise,
      given,
      letGo: () => {
        done.resolve();
      },
    };
    this.#held.set(node, held);
    return held;
  }

  async close(): Promise<void> {
    for (const { letGo } of this.#held.values()) letGo();
    await Promise.all([...this.#held.values()].map(({ given }) => given));
    this.#held.clear();
  }
}
