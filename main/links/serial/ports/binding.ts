import { read } from 'node:fs';
import { promisify } from 'node:util';
import type { SerialPort } from 'serialport';

type Binding = typeof SerialPort.binding;
type Opened = Awaited<ReturnType<Binding['open']>>;

/** What serialport's ports on Linux and macOS have beyond the common interface. */
interface Polled {
  readonly fd: number | null;
  readonly poller: { once(event: 'readable', done: (error: Error | null) => void): void };
}

const readFile = promisify(read);

/**
 * serialport's binding with one thing changed: a read of nothing ends the port. serialport asks again at once, for
 * ever: when a cable is pulled between two reads (on a talking line it nearly always is), the kernel answers every
 * read with nothing, the loss is never told and one core is busy from then on. *(tried)*
 */
export function boundOnce(binding: Binding): Binding {
  if (process.platform === 'win32') return binding;
  return {
    list: () => binding.list(),
    async open(options: Parameters<Binding['open']>[0]) {
      const port = await binding.open(options as never);
      if (hasPoller(port)) port.read = (...where) => readSome(port, ...where);
      return port;
    },
  } as Binding;
}

const hasPoller = (port: Opened): port is Opened & Polled => 'poller' in port && 'fd' in port;

/** Marks for the stream that the port was closed here, and is not broken. */
const closedHere = (): Error => Object.assign(new Error('Port is not open'), { canceled: true });

async function readSome(
  port: Opened & Polled,
  buffer: Buffer,
  offset: number,
  length: number,
): Promise<{ buffer: Buffer; bytesRead: number }> {
  for (;;) {
    if (!port.isOpen || port.fd === null) throw closedHere();
    try {
      const { bytesRead } = await readFile(port.fd, buffer, offset, length, null);
      // Opened without waiting: a line on which nothing comes answers EAGAIN, and nothing at all only when it is gone.
      if (bytesRead === 0) throw Object.assign(new Error('the port was hung up'), { disconnect: true });
      return { buffer, bytesRead };
    } catch (thrown) {
      if (!port.isOpen) throw closedHere();
      const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
      if (code !== 'EAGAIN' && code !== 'EWOULDBLOCK' && code !== 'EINTR') throw thrown;
    }
    await new Promise<void>((done, failed) => {
      port.poller.once('readable', error => {
        if (error) failed(error);
        else done();
      });
    });
  }
}
