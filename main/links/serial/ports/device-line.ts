import type { SerialPort as OpenPort } from 'serialport';
import { FieldError, cancelled } from '../../../../preload/contract/failure.ts';
import type { LineCan, LineSettings } from '../../../../preload/contract/serial.ts';
import type { Line } from '../../../ports.ts';
import { boundOnce } from './binding.ts';
import { Ears, Turns, couldNot, goneAway } from './ears.ts';
import { frameWords, stty } from './stty.ts';

/** A device is told its bytes in pieces of about this much line time, so that a stop is never far away. */
const pieceMs = 200;
const leastPiece = 64;
/** Lets the driver finish the last characters before the speed changes under them. */
const bitsEach = 10;

/** Turns a callback of serialport into a promise. */
const asked = <T = void>(ask: (done: (error: Error | null, value?: T) => void) => void): Promise<T> =>
  new Promise((done, failed) => {
    ask((error, value) => {
      if (error) failed(error);
      else done(value as T);
    });
  });

/**
 * Opens a serial device of this laptop, once: opening raises DTR and RTS, so speed and form are changed on the open
 * port from then on. HUPCL is taken off, so closing does not drop them either; serialport's `hupcl: false` alone leaves
 * the kernel's default standing. Throws serialport's error as it is; whoever calls knows what it means here.
 */
export async function deviceLine(
  port: string,
  device: string,
  wanted: LineSettings,
  signal: AbortSignal,
): Promise<Line> {
  requireForm(port, wanted);
  const { SerialPort } = await import('serialport');
  if (signal.aborted) throw cancelled('Opening the port');
  const serial = new SerialPort({
    ...openOptions(device, wanted),
    binding: boundOnce(SerialPort.binding),
    autoOpen: false,
  } as ConstructorParameters<typeof SerialPort>[0]);
  const ears = new Ears();
  // Both may come more than once, and an `error` nobody listens to ends the process.
  serial.on('error', (thrown: Error) => ears.lose(`The port failed: ${thrown.message}.`));
  serial.on('close', (thrown: Error | null) => ears.lose(thrown ? pulled(device) : 'The port was closed.'));
  await asked(done => serial.open(done));
  try {
    await stty(device, ['-hupcl', ...(wanted.parity === 'none' ? [] : frameWords(wanted))]);
    const can = await capabilities(serial, device);
    if (signal.aborted) throw cancelled('Opening the port');
    return new DeviceLine(serial, ears, { port, device, settings: wanted, can });
  } catch (thrown) {
    await asked(done => serial.close(done)).catch(() => undefined);
    throw thrown;
  }
}

const openOptions = (path: string, { baud, dataBits, parity, stopBits, flow }: LineSettings) => ({
  path,
  baudRate: baud,
  dataBits,
  parity: parity === 'mark' || parity === 'space' ? ('none' as const) : parity,
  stopBits: stopBits === 1 ? (1 as const) : (2 as const),
  rtscts: flow === 'rtscts',
  xon: flow === 'xonxoff',
  xoff: flow === 'xonxoff',
  hupcl: false,
  lock: true,
  highWaterMark: 65_536,
});

const pulled = (device: string): string =>
  device.startsWith('/dev/pts/')
    ? 'The program behind this port ended.'
    : 'The adapter was pulled out or switched off.';

/** Pseudo-terminals answer ENOTTY or EINVAL: they have no speed and no lines to raise. */
async function capabilities(serial: OpenPort, device: string): Promise<LineCan> {
  const pseudo = device.startsWith('/dev/pts/');
  const lines =
    !pseudo &&
    (await asked(done => serial.get(error => done(error))).then(
      () => true,
      () => false,
    ));
  return { speed: !pseudo, controlLines: lines, sendBreak: lines };
}

class DeviceLine implements Line {
  readonly port: string;
  readonly can: LineCan;
  readonly #device: string;
  readonly #serial: OpenPort;
  readonly #ears: Ears;
  readonly #turns = new Turns();
  #settings: LineSettings;
  #raised = { dtr: true, rts: true };
  #closing: Promise<void> | undefined;

  constructor(
    serial: OpenPort,
    ears: Ears,
    about: {
      readonly port: string;
      readonly device: string;
      readonly settings: LineSettings;
      readonly can: LineCan;
    },
  ) {
    this.port = about.port;
    this.can = about.can;
    this.#device = about.device;
    this.#settings = about.settings;
    this.#serial = serial;
    this.#ears = ears;
    // From here on the port flows: one that is not read never notices that its cable is gone.
    serial.on('data', (bytes: Buffer) => ears.tell(bytes));
  }

  get settings(): LineSettings {
    return this.#settings;
  }
  get lost(): Promise<string> {
    return this.#ears.lost;
  }

  hear(listener: (bytes: Uint8Array) => void): () => void {
    return this.#ears.hear(listener);
  }

  send(bytes: Uint8Array): Promise<void> {
    const mine = bytes.slice();
    return this.#turns.take(() => this.#ears.unlessLost(this.port, () => this.#sendAll(mine)));
  }

  async #sendAll(bytes: Uint8Array): Promise<void> {
    const { baud, flow } = this.#settings;
    const piece = this.can.speed
      ? Math.max(leastPiece, Math.floor((baud * pieceMs) / bitsEach / 1000))
      : 4096;
    for (let at = 0; at < bytes.length && !this.#ears.over; at += piece) {
      try {
        await asked(done =>
          this.#serial.write(bytes.subarray(at, at + piece), undefined, e => done(e ?? null)),
        );
        // With flow control the far side may hold the line for ever, and a drain cannot be called back.
        if (flow === 'none') await asked(done => this.#serial.drain(done));
      } catch (thrown) {
        throw goneAway(this.port, 'The port did not take the bytes.', thrown);
      }
    }
  }

  set(settings: LineSettings): Promise<void> {
    if (!this.can.speed) return Promise.resolve();
    return this.#turns.take(() => this.#ears.unlessLost(this.port, () => this.#change(settings)));
  }

  async #change(settings: LineSettings): Promise<void> {
    requireForm(this.port, settings);
    const { baud, ...form } = settings;
    const { baud: before, ...formBefore } = this.#settings;
    if (baud !== before)
      try {
        await asked(done => this.#serial.update({ baudRate: baud }, done));
      } catch (thrown) {
        throw couldNot(
          this.port,
          `The adapter cannot do ${baud} bits per second.`,
          'Choose another speed, or another adapter.',
          thrown,
        );
      }
    this.#settings = { ...this.#settings, baud };
    if (JSON.stringify(form) === JSON.stringify(formBefore)) return;
    if (!(await stty(this.#device, frameWords(settings))))
      throw couldNot(
        this.port,
        'The form of a character could not be changed while the port is open.',
        'Close the port and open it again with these settings.',
      );
    this.#settings = settings;
  }

  async raise(lines: { readonly dtr?: boolean; readonly rts?: boolean }): Promise<void> {
    if (!this.can.controlLines) throw lacks(this.port, 'control lines');
    const raised = { ...this.#raised, ...lines };
    await this.#turns.take(() => this.#control(raised));
    this.#raised = raised;
  }

  async sendBreak(ms: number): Promise<void> {
    if (!this.can.sendBreak) throw lacks(this.port, 'BREAK');
    await this.#turns.take(async () => {
      await this.#control({ ...this.#raised, brk: true });
      try {
        await new Promise(done => setTimeout(done, ms));
      } finally {
        await this.#control({ ...this.#raised, brk: false });
      }
    });
  }

  #control(flags: { readonly dtr: boolean; readonly rts: boolean; readonly brk?: boolean }): Promise<void> {
    return this.#ears.unlessLost(this.port, () =>
      asked(done => this.#serial.set(flags, done)).catch((thrown: unknown) => {
        throw couldNot(
          this.port,
          'The adapter did not set its control lines.',
          'Try again, or use another adapter.',
          thrown,
        );
      }),
    );
  }

  close(): Promise<void> {
    this.#closing ??= this.#shut();
    return this.#closing;
  }

  async #shut(): Promise<void> {
    const open = this.#serial.isOpen;
    this.#ears.lose('The port was closed.');
    if (!open) return;
    // The kernel would wait up to 30 s for bytes that the far side does not take.
    await asked(done => this.#serial.flush(done)).catch(() => undefined);
    await asked(done => this.#serial.close(done)).catch(() => undefined);
  }
}

/** The only half that hardware can do is after five data bits. */
function requireForm(about: string, { dataBits, stopBits }: LineSettings): void {
  if (stopBits !== 1.5 || dataBits === 5) return;
  throw new FieldError({
    code: 'bad-ask',
    says: 'One and a half stop bits exist only with five data bits.',
    about,
    untouched: 'Nothing was changed.',
    next: 'Choose one or two stop bits.',
  });
}

const lacks = (about: string, what: string): FieldError =>
  couldNot(
    about,
    `This port has no ${what}: it is a pseudo-terminal or an adapter without them.`,
    'Use an adapter with these lines if you need them.',
  );
