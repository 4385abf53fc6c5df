import { usualLine } from '../../../../preload/contract/serial.ts';
import type { Detected, LineSettings, SerialPort } from '../../../../preload/contract/serial.ts';
import { FieldError } from '../../../../preload/contract/failure.ts';
import type { BlackBoxes, Clock, Console, Consoles, Line, OnProgress, SerialPorts } from '../../../ports.ts';
import { SerialConsole } from './console.ts';

/** Finds the speed on an open line: changes its settings while it looks, and leaves setting the right ones to the caller. */
export type Detect = (
  line: Line,
  options: { readonly signal: AbortSignal; readonly onProgress?: OnProgress },
) => Promise<Detected>;

export interface ConsolesDeps {
  readonly ports: SerialPorts;
  readonly detect: Detect;
  readonly blackBoxes: BlackBoxes;
  readonly clock: Clock;
}

/** The consoles in use on this laptop, one for each port. */
export function consoles({ ports, detect, blackBoxes, clock }: ConsolesDeps): Consoles {
  const open = new Map<string, Promise<SerialConsole>>();
  let closing = false;

  async function start(port: string, settings: LineSettings, signal: AbortSignal): Promise<SerialConsole> {
    const line = await ports.open(port, settings, signal);
    const console = new SerialConsole(line, {
      clock,
      box: blackBoxes.writer(line.port),
      reopen: (again, stop) => ports.open(port, again, stop),
    });
    void console.closed.then(() => open.delete(port));
    return console;
  }

  /** The console on a port, opened by the first who asks; a failed try leaves nothing behind. */
  function joined(port: string, settings: LineSettings, signal: AbortSignal): Promise<SerialConsole> {
    const there = open.get(port);
    if (there) return there;
    const made = start(port, settings, signal);
    open.set(port, made);
    made.catch(() => open.delete(port));
    return made;
  }

  return {
    ports: async () => {
      const listed = await ports.list();
      return listed.map((one): SerialPort =>
        open.has(one.port) ? { ...one, standing: { is: 'ours' } } : one,
      );
    },
    open: async (port, settings, signal): Promise<Console> => {
      if (closing) throw shut(port);
      const fresh = !open.has(port);
      const console = await joined(port, settings === 'detect' ? usualLine : settings, signal);
      if (settings !== 'detect' || !fresh) return console;
      try {
        await console.detect(line => detect(line, { signal }));
      } catch (thrown) {
        await console.close();
        throw thrown;
      }
      return console;
    },
    detect: async (port, options) => {
      const there = open.get(port);
      if (there) return (await there).detect(line => detect(line, options));
      const line = await ports.open(port, usualLine, options.signal);
      try {
        return await detect(line, options);
      } finally {
        await line.close();
      }
    },
    close: async () => {
      closing = true;
      const all = await Promise.allSettled(open.values());
      const opened = all.flatMap(one => (one.status === 'fulfilled' ? [one.value] : []));
      await Promise.all(opened.map(one => one.close()));
    },
  };
}

const shut = (port: string): FieldError =>
  new FieldError({
    code: 'gone-away',
    says: 'Coldstart is closing.',
    about: port,
    untouched: 'Nothing was opened.',
    next: 'Start Coldstart again.',
  });
