import type { Socket } from 'node:net';
import { cancelled } from '../../../../preload/contract/failure.ts';
import type { FieldError } from '../../../../preload/contract/failure.ts';
import type { LineSettings } from '../../../../preload/contract/serial.ts';
import { answerOf, comPortCommand, control, purgeReceived, requests } from '../../../core/serial/com-port.ts';
import type { Request } from '../../../core/serial/com-port.ts';
import type { PortName } from '../../../core/serial/port-name.ts';
import { TelnetReader, comPort, escaped, offer, option } from '../../../core/serial/telnet.ts';
import type { TelnetEvent } from '../../../core/serial/telnet.ts';
import type { Line } from '../../../ports.ts';
import { Ears, Turns, couldNot } from './ears.ts';
import { connected, endWith, written } from './socket-line.ts';

/** How long a serial server gets for each answer. */
const patienceMs = 5000;

/**
 * A serial port of a serial server (ser2net and others) by RFC 2217: speed, form, control lines and BREAK go through
 * the connection, and every change is believed only once the server said which value it set. Throws what a socket
 * throws, and `could-not` when the server does not speak RFC 2217 or sets another value.
 */
export async function rfc2217Line(
  port: string,
  name: Extract<PortName, { is: 'rfc2217' }>,
  settings: LineSettings,
  signal: AbortSignal,
): Promise<Line> {
  const socket = await connected(name, port, signal);
  const line = new Rfc2217Line(port, socket, settings);
  const stop = (): void => void line.close();
  signal.addEventListener('abort', stop, { once: true });
  try {
    await line.begin(settings);
    return line;
  } catch (thrown) {
    await line.close();
    throw signal.aborted ? cancelled('Opening the port') : thrown;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

class Rfc2217Line implements Line {
  readonly port: string;
  readonly can = { speed: true, controlLines: true, sendBreak: true };
  readonly #socket: Socket;
  readonly #ears = new Ears();
  readonly #turns = new Turns();
  readonly #reader = new TelnetReader();
  /** Who waits for what the server says. */
  readonly #waiting = new Set<(event: TelnetEvent) => void>();
  #settings: LineSettings;

  constructor(port: string, socket: Socket, settings: LineSettings) {
    this.port = port;
    this.#socket = socket;
    this.#settings = settings;
    endWith(socket, this.#ears);
    socket.on('data', bytes => this.#heard(bytes));
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

  async begin(settings: LineSettings): Promise<void> {
    const agreed = this.#event(event => event.is !== 'sub' && event.option === option.comPort, silentServer);
    for (const which of [option.binary, option.noGoAhead])
      this.#socket.write(Buffer.concat([offer('will', which), offer('do', which)]));
    this.#socket.write(offer('will', option.comPort));
    const answer = await agreed;
    if (answer.is !== 'do') throw silentServer(this.port);
    // Notices of the port's state would come unasked; nobody here reads them.
    for (const mask of [comPortCommand.lineStateMask, comPortCommand.modemStateMask])
      this.#socket.write(comPort(mask, 0));
    for (const request of requests(settings)) await this.#ask(request);
  }

  send(bytes: Uint8Array): Promise<void> {
    const mine = escaped(bytes.slice());
    return this.#turns.take(() =>
      this.#ears.unlessLost(this.port, () => written(this.#socket, mine, this.port)),
    );
  }

  set(settings: LineSettings): Promise<void> {
    return this.#turns.take(async () => {
      const changes = requests(settings, this.#settings);
      for (const request of changes) await this.#ask(request);
      this.#settings = settings;
      // What came at the old speed and lies in the server is worth nothing.
      if (changes.some(one => one.command === comPortCommand.baud))
        await this.#ask({ command: comPortCommand.purge, value: [purgeReceived], what: 'an empty buffer' });
    });
  }

  raise({ dtr, rts }: { readonly dtr?: boolean; readonly rts?: boolean }): Promise<void> {
    return this.#turns.take(async () => {
      if (dtr !== undefined) await this.#control(dtr ? control.dtrOn : control.dtrOff, 'DTR');
      if (rts !== undefined) await this.#control(rts ? control.rtsOn : control.rtsOff, 'RTS');
    });
  }

  sendBreak(ms: number): Promise<void> {
    return this.#turns.take(async () => {
      await this.#control(control.breakOn, 'BREAK');
      try {
        await this.#ears.unlessLost(this.port, () => new Promise(done => setTimeout(done, ms)));
      } finally {
        // ser2net 4 answers the end of a BREAK as it answers the beginning.
        await this.#control(control.breakOff, 'the end of the BREAK', control.breakOn);
      }
    });
  }

  close(): Promise<void> {
    this.#ears.lose('The port was closed.');
    this.#socket.destroy();
    return Promise.resolve();
  }

  #control(value: number, what: string, also = value): Promise<void> {
    return this.#ask({ command: comPortCommand.control, value: [value], what }, [also]);
  }

  /** Sends a request and waits for its answer; the answer must name the very value, or `also`. */
  async #ask({ command, value, what }: Request, also: readonly number[] = value): Promise<void> {
    const mine = (event: TelnetEvent): boolean =>
      event.is === 'sub' && event.option === option.comPort && event.bytes[0] === answerOf(command);
    const answered = this.#event(mine, port => unanswered(port, what));
    this.#socket.write(comPort(command, ...value));
    const answer = await answered;
    const set = answer.is === 'sub' ? answer.bytes.slice(1) : [];
    if (String(set) !== String(value) && String(set) !== String(also)) throw otherValue(this.port, what);
  }

  /** The next thing the server says that fits. */
  async #event(
    fits: (event: TelnetEvent) => boolean,
    late: (port: string) => FieldError,
  ): Promise<TelnetEvent> {
    const { promise, resolve, reject } = Promise.withResolvers<TelnetEvent>();
    const listen = (event: TelnetEvent): void => {
      if (fits(event)) resolve(event);
    };
    const timer = setTimeout(() => reject(late(this.port)), patienceMs);
    this.#waiting.add(listen);
    try {
      return await this.#ears.unlessLost(this.port, () => promise);
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(listen);
    }
  }

  #heard(bytes: Uint8Array): void {
    const { data, events } = this.#reader.take(bytes);
    this.#ears.tell(data);
    for (const event of events) {
      this.#refuse(event);
      for (const listener of this.#waiting) listener(event);
    }
  }

  /** Options we did not offer are declined, so that a server does not wait for an answer. */
  #refuse(event: TelnetEvent): void {
    if (event.is !== 'do' && event.is !== 'will') return;
    const known: readonly number[] = Object.values(option);
    if (known.includes(event.option)) return;
    this.#socket.write(offer(event.is === 'do' ? 'wont' : 'dont', event.option));
  }
}

const silentServer = (about: string): FieldError =>
  couldNot(
    about,
    'What answers there does not speak RFC 2217.',
    'Set the serial server to RFC 2217, or open it as tcp://host:port; its speed is then set on the server.',
  );

const unanswered = (about: string, what: string): FieldError =>
  couldNot(
    about,
    `The serial server did not confirm ${what}.`,
    'Its port may not be able to do this. Look at the settings of the serial server.',
  );

const otherValue = (about: string, what: string): FieldError =>
  couldNot(
    about,
    `The serial server did not accept ${what}.`,
    'Its settings may be fixed. Choose what it is set to, or change it there.',
  );
