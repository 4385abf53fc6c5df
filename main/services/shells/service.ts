import type { ShellNews } from '../../../preload/contract/domain.ts';
import { FieldError, failureOf } from '../../../preload/contract/failure.ts';
import type { NodeId, ShellId } from '../../../preload/contract/ids.ts';
import type { CallHandlers, FeedHandlers } from '../../bridge/handlers.ts';
import type { Chance, Link, Shell } from '../../ports.ts';
import type { Nodes } from '../sites/nodes.ts';

export interface ShellService {
  readonly calls: Pick<CallHandlers, 'shell.send' | 'shell.resize'>;
  readonly feeds: Pick<FeedHandlers, 'shell.open'>;
  /** Logs out of every shell. */
  close(): Promise<void>;
}

/**
 * Interactive shells on nodes. One lives as long as its feed is listened to; the link logs it in without history and
 * with an idle limit. Bytes pass as they are, and only as fast as the listener takes them.
 */
export function shellService({
  nodes,
  chance,
}: {
  readonly nodes: Pick<Nodes, 'withLink'>;
  readonly chance: Chance;
}): ShellService {
  const shells = new Map<ShellId, Shell>();
  const shell = (id: ShellId): Shell => {
    const found = shells.get(id);
    if (!found) throw gone();
    return found;
  };

  async function* open(
    args: { readonly node: NodeId; readonly cols: number; readonly rows: number },
    signal: AbortSignal,
  ): AsyncGenerator<ShellNews, void> {
    const { link, giveBack } = await borrowed(nodes, args.node, signal);
    try {
      const shell = await link.shell({ cols: args.cols, rows: args.rows }, signal);
      const id = chance.uuid() as ShellId;
      shells.set(id, shell);
      try {
        yield { is: 'opened', shell: id };
        yield* output(shell);
      } finally {
        shells.delete(id);
        await shell.close();
      }
    } finally {
      await giveBack();
    }
  }

  return {
    calls: {
      'shell.send': ({ shell: id, bytes }) => {
        shell(id).send(bytes);
        return null;
      },
      'shell.resize': ({ shell: id, cols, rows }) => {
        shell(id).resize({ cols, rows });
        return null;
      },
    },
    feeds: { 'shell.open': open },
    async close() {
      await Promise.all([...shells.values()].map(one => one.close()));
    },
  };
}

/** A shell's bytes as they are pulled, then why it ended. */
async function* output(shell: Shell): AsyncGenerator<ShellNews, void> {
  try {
    for await (const bytes of shell) yield { is: 'bytes', bytes };
    yield { is: 'closed', says: 'The shell on the node has ended.' };
  } catch (thrown) {
    if (!(thrown instanceof FieldError)) throw thrown;
    yield { is: 'closed', says: failureOf(thrown).says };
  }
}

/** Holds a shared link open beyond one function's work, until it is given back. */
async function borrowed(
  nodes: Pick<Nodes, 'withLink'>,
  id: NodeId,
  signal: AbortSignal,
): Promise<{ readonly link: Link; readonly giveBack: () => Promise<void> }> {
  const link = Promise.withResolvers<Link>();
  const back = Promise.withResolvers<void>();
  const lending = nodes
    .withLink(id, signal, async lent => {
      link.resolve(lent);
      await back.promise;
    })
    .catch(link.reject);
  return {
    link: await link.promise,
    giveBack: async () => {
      back.resolve();
      await lending;
    },
  };
}

const gone = (): FieldError =>
  new FieldError({
    code: 'gone-away',
    says: 'That shell has ended.',
    untouched: 'Nothing was sent to the node.',
    next: 'Open a new shell.',
  });
