import type { Station } from '../station.ts';
import type { Session } from '../shell/shell.ts';
import type { Stream } from '../shell/streams.ts';

/** The terminal a path leads to from this session: its own, or the serial console of the node. */
export function terminalAt(
  from: { readonly station: Station; readonly session: Session; readonly fds: ReadonlyMap<number, Stream> },
  path: string,
): Stream | undefined {
  if (path === '/dev/tty')
    return from.session.console?.tty?.stream ?? [...from.fds.values()].find(stream => stream.tty);
  if (path === '/dev/ttyS0' || path === '/dev/console') return from.station.consoleTty?.stream;
  return undefined;
}
