import { FieldError } from '../../../preload/contract/failure.ts';
import type { LineSettings, SerialPort } from '../../../preload/contract/serial.ts';
import { usualLine } from '../../../preload/contract/serial.ts';
import type { Line, SerialPorts } from '../../ports.ts';
import { ConsoleSide } from '../station/console/side.ts';
import type { Station } from '../station/station.ts';
import { Pump } from './pump.ts';
import { asHeard } from './uart.ts';

/** Where the practice node's console is plugged in. */
export const practicePort = 'practice:practice-node-1';

export interface SerialFaults {
  /** Changes what arrives at the laptop. */
  incoming: ((bytes: Uint8Array) => Uint8Array) | undefined;
  /** Changes what arrives at the node. */
  outgoing: ((bytes: Uint8Array) => Uint8Array) | undefined;
}

/** The practice node's serial console, as a port of this laptop. */
export interface PracticeSerial {
  readonly ports: SerialPorts;
  /** The node's side, for tests that look behind the curtain. */
  readonly side: ConsoleSide;
  readonly faults: SerialFaults;
  /** Pulls the adapter: open lines are lost and the port is no longer listed. The node notices nothing. */
  pull(): void;
  plug(): void;
  close(): void;
}

const same = (a: LineSettings, b: LineSettings): boolean =>
  a.dataBits === b.dataBits && a.parity === b.parity && a.stopBits === b.stopBits;

/** Joins a cable to the station's console. `pace`: factor of all waiting; 0 sends as fast as it can. */
export function practiceSerial(station: Station, options: { readonly pace?: number } = {}): PracticeSerial {
  const { clock } = station;
  const paced = options.pace !== 0;
  const lines = new Set<OpenLine>();
  const faults: SerialFaults = { incoming: undefined, outgoing: undefined };
  let plugged = true;
  const toLaptop = new Pump(
    clock,
    () => (paced ? uart.baud : 0),
    bytes => {
      for (const line of lines) line.arrive(bytes, uart.baud);
    },
  );
  const uart = {
    baud: 115_200,
    put: (bytes: Uint8Array) => toLaptop.put(bytes),
    room: (signal: AbortSignal) => toLaptop.room(signal),
    flush: () => toLaptop.flush(),
  };
  const side = new ConsoleSide(station, uart);
  side.pace = options.pace ?? 1;

  class OpenLine implements Line {
    readonly port = practicePort;
    settings: LineSettings;
    readonly can = { speed: true, controlLines: true, sendBreak: true };
    readonly lost: Promise<string>;
    #lose: (why: string) => void = () => undefined;
    #gone = false;
    readonly #listeners = new Set<(bytes: Uint8Array) => void>();
    readonly #toNode: Pump;

    constructor(settings: LineSettings) {
      this.settings = settings;
      this.lost = new Promise(resolve => (this.#lose = resolve));
      this.#toNode = new Pump(
        clock,
        () => (paced ? this.settings.baud : 0),
        bytes => this.#reach(bytes),
      );
    }

    /** What the node sent, as this end reads it at its own rate. */
    arrive(bytes: Uint8Array, sentAt: number): void {
      const heard = asHeard(bytes, sentAt, this.settings.baud).bytes;
      const clear = same(this.settings, usualLine) ? heard : heard.map(byte => byte ^ 0x80);
      const given = faults.incoming?.(clear) ?? clear;
      if (given.length > 0) for (const listener of this.#listeners) listener(given);
    }

    #reach(bytes: Uint8Array): void {
      if (this.#gone) return;
      const { bytes: heard, broke } = asHeard(bytes, this.settings.baud, uart.baud);
      side.receive(faults.outgoing?.(heard) ?? heard, broke);
    }

    async send(bytes: Uint8Array): Promise<void> {
      const open = new AbortController().signal;
      for (let at = 0; at < bytes.length; at += 1024) {
        if (this.#gone) throw goneAway();
        await this.#toNode.room(open);
        this.#toNode.put(bytes.subarray(at, at + 1024));
      }
      await this.#toNode.drained();
      if (this.#gone) throw goneAway();
    }

    hear(listener: (bytes: Uint8Array) => void): () => void {
      this.#listeners.add(listener);
      return () => void this.#listeners.delete(listener);
    }

    async set(settings: LineSettings): Promise<void> {
      if (this.#gone) throw goneAway();
      this.settings = settings;
    }

    // A getty is started with --local-line: it does not look at the control lines.
    async raise(): Promise<void> {
      if (this.#gone) throw goneAway();
    }

    async sendBreak(ms: number): Promise<void> {
      await this.#toNode.drained();
      await clock.sleep(ms);
      if (this.#gone) throw goneAway();
      side.receive(Uint8Array.of(0), true);
    }

    end(why: string): void {
      if (this.#gone) return;
      this.#gone = true;
      lines.delete(this);
      this.#listeners.clear();
      this.#toNode.flush();
      this.#lose(why);
    }
    async close(): Promise<void> {
      this.end('The port was closed.');
    }
  }

  const listed = (): SerialPort => ({
    port: practicePort,
    device: '/dev/ttyUSB0',
    kind: 'practice',
    title: 'Console of practice-node-1 (practice)',
    vendorId: '0403',
    productId: '6001',
    serialNumber: 'PRACTICE1',
    standing: { is: lines.size > 0 ? 'ours' : 'free' },
  });
  side.go(station.stage);
  return {
    ports: {
      list: () => Promise.resolve(plugged ? [listed()] : []),
      open: async (port, settings) => {
        if (port !== practicePort || !plugged)
          throw new FieldError({
            code: 'no-such-thing',
            says: 'There is no such port on the practice station.',
            about: port,
            untouched: 'Nothing was opened.',
            next: `The practice node’s console is ${practicePort}. Plug its adapter in and list the ports again.`,
          });
        if (lines.size > 0)
          throw new FieldError({
            code: 'held-elsewhere',
            says: 'The practice port is already open.',
            about: port,
            untouched: 'Nothing was sent.',
            next: 'Close the console that has it open, then try again.',
          });
        const line = new OpenLine(settings);
        lines.add(line);
        return line;
      },
    },
    side,
    faults,
    pull: () => {
      plugged = false;
      for (const line of lines) line.end('The adapter was pulled.');
    },
    plug: () => void (plugged = true),
    close: () => {
      for (const line of lines) line.end('The practice station was closed.');
      side.close();
    },
  };
}

const goneAway = (): FieldError =>
  new FieldError({
    code: 'gone-away',
    says: 'The serial adapter is gone.',
    about: practicePort,
    untouched: 'What was on its way may have been lost; the node runs on.',
    next: 'Plug the adapter in again.',
  });
