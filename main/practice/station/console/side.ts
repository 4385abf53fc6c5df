import type { Station } from '../station.ts';
import { boot, userland } from './boot.ts';
import { getty } from './getty.ts';
import { SerialConsole } from './line-editor.ts';
import { stuck } from './stuck.ts';
import type { Stuck } from './stuck.ts';
import { SysRq } from './sysrq.ts';
import { Tty } from './tty.ts';
import type { TtyOut } from './tty.ts';

/** The node's UART: its rate can change, and what leaves it is paced by the wire. */
export interface Uart extends TtyOut {
  baud: number;
}

/** From asking init for a target to the end of what stands in its way. */
const queuedMs = 700;

/** Where a node stands between power and login. Only when it is `up` do its services and its network run. */
export type Stage = 'boot' | 'starting' | 'up' | Stuck;

/** ttyS0 of the node: firmware, boot loader, kernel, init and getty, one after the other. */
export class ConsoleSide {
  readonly station: Station;
  readonly uart: Uart;
  readonly tty: Tty;
  readonly console: SerialConsole;
  /** Factor of all pretended waiting; tests make it small. */
  pace = 1;
  /** FAIL_DELAY of login.defs. */
  failDelayMs = 3000;
  readonly #sysrq: SysRq;
  #stop = new AbortController();
  #ended: Promise<void> = Promise.resolve();

  constructor(station: Station, uart: Uart) {
    this.station = station;
    this.uart = uart;
    this.tty = new Tty(uart);
    this.tty.gate = signal => station.processes.gate(signal);
    this.console = new SerialConsole(this.tty);
    this.#sysrq = new SysRq(this);
    station.consoleTty = this.tty;
    station.goDefault = () => {
      if (station.stage === 'emergency') void this.#leaveEmergency().catch(() => undefined);
    };
    station.printk = text => {
      if (station.stage === 'up' || station.stage === 'emergency') this.kernelSays(text);
    };
  }

  /** Bytes that came over the wire; `broke`: with a BREAK among them. */
  receive(bytes: Uint8Array, broke: boolean): void {
    const kernel = this.station.stage !== 'grub' && this.station.stage !== 'silent';
    const left = kernel ? this.#sysrq.filter(bytes, broke) : bytes;
    if (left.length > 0) this.tty.receive(left);
  }

  /** One line as the kernel prints it on its console, wherever the cursor stands. */
  kernelSays(text: string): void {
    const seconds = (this.station.now() - this.station.bootedAt) / 1000;
    this.tty.print(`[${seconds.toFixed(6).padStart(12)}] ${text}\n`);
  }

  pause(ms: number, signal: AbortSignal): Promise<void> {
    return this.station.pause(ms * this.pace, signal);
  }

  /** Goes on at this stage and drops whatever ran on the console. */
  go(stage: Stage): void {
    this.#stop.abort();
    const stop = new AbortController();
    this.#stop = stop;
    this.station.stage = stage;
    const before = this.#ended;
    this.#ended = (async () => {
      await before;
      if (!stop.signal.aborted)
        await this.#live(stop.signal).catch(thrown => this.#complain(stop.signal, thrown));
    })();
  }

  /** init only queues the job: whoever asked still sees the end of its command before the shell is hung up. */
  async #leaveEmergency(): Promise<void> {
    await this.station.pause(queuedMs, this.#stop.signal);
    this.station.startUp();
    this.go('starting');
  }

  /** A mistake of the station must be seen, not swallowed. */
  #complain(signal: AbortSignal, thrown: unknown): void {
    if (signal.aborted) return;
    const why = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    this.tty.print(`\npractice station: ${why}\n`);
    this.go(this.station.stage);
  }

  async #live(signal: AbortSignal): Promise<void> {
    for (;;) {
      const { stage } = this.station;
      this.tty.restore();
      if (stage === 'boot') this.station.stage = await boot(this, signal);
      else if (stage === 'starting') this.station.stage = await userland(this, signal);
      else if (stage === 'up') await getty(this, signal);
      else this.station.stage = await stuck(this, stage, signal);
      this.station.important();
    }
  }

  close(): void {
    this.#stop.abort();
  }
}
