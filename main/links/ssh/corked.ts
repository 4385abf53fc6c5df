import type { Duplex } from 'node:stream';

/**
 * Lets a socket send everything written in one turn of the event loop at once. ssh2 writes length, content and
 * checksum of each packet by themselves; sent one by one they cost four system calls instead of one.
 */
export function corked<S extends Duplex>(socket: S): S {
  const write = socket.write.bind(socket) as (...args: readonly unknown[]) => boolean;
  let held = false;
  const release = (): void => {
    held = false;
    socket.uncork();
  };
  const holding = (...args: readonly unknown[]): boolean => {
    if (!held) {
      held = true;
      socket.cork();
      process.nextTick(release);
    }
    return write(...args);
  };
  return Object.assign(socket, { write: holding });
}
