import type { Instant } from './domain.ts';
import type { ConsoleId, NodeId } from './ids.ts';
import { oneOf, shape, whole } from './parse.ts';
import type { Parse } from './parse.ts';

/** Speeds a serial console is looked for at, in bits per second. */
export const bauds = [9600, 19_200, 38_400, 57_600, 115_200, 230_400, 460_800, 921_600, 1_500_000] as const;

/** How bits travel on a serial line. The far side must be set to the same. */
export interface LineSettings {
  /** Bits per second. */
  readonly baud: number;
  readonly dataBits: 5 | 6 | 7 | 8;
  readonly parity: 'none' | 'even' | 'odd' | 'mark' | 'space';
  readonly stopBits: 1 | 1.5 | 2;
  readonly flow: 'none' | 'rtscts' | 'xonxoff';
}

/** What nearly every console is set to. */
export const usualLine: LineSettings = {
  baud: 115_200,
  dataBits: 8,
  parity: 'none',
  stopBits: 1,
  flow: 'none',
};

const number =
  <const T extends number>(...allowed: readonly T[]): Parse<T> =>
  (raw, at = '') =>
    allowed.find(one => one === raw) ?? (oneOf(...allowed.map(String))(undefined, at) as never);

export const lineSettings: Parse<LineSettings> = shape({
  baud: whole(50, 4_000_000),
  dataBits: number(5, 6, 7, 8),
  parity: oneOf('none', 'even', 'odd', 'mark', 'space'),
  stopBits: number(1, 1.5, 2),
  flow: oneOf('none', 'rtscts', 'xonxoff'),
});

/** Whether a port can be opened now, and if not, why and what to type. */
export type PortStanding =
  | { readonly is: 'free' }
  /** Coldstart itself has it open. */
  | { readonly is: 'ours' }
  /** `by`: program and process id, where the system tells. */
  | { readonly is: 'busy'; readonly by?: string; readonly says: string; readonly next: string }
  | { readonly is: 'no-permission'; readonly says: string; readonly next: string };

/** A serial port of this laptop, or a socket that counts as one. */
export interface SerialPort {
  /**
   * What opens it again after it was plugged in elsewhere: its path below /dev/serial/by-id where there is one, else
   * the device; or `tcp://host:port`, `rfc2217://host:port`, `unix:/path`, `practice:NAME`.
   */
  readonly port: string;
  /** The device it is now, such as /dev/ttyUSB0; empty for sockets. */
  readonly device: string;
  readonly kind: 'usb' | 'built-in' | 'tcp' | 'rfc2217' | 'unix' | 'practice' | 'other';
  /** What a person would call it: maker and product, or the address. */
  readonly title: string;
  readonly vendorId?: string;
  readonly productId?: string;
  readonly serialNumber?: string;
  readonly standing: PortStanding;
  /** What opening does to the far side, to be said before a port is opened the first time; absent where it does nothing. */
  readonly onOpening?: string;
  /** The node whose console was last found on it. */
  readonly node?: NodeId;
}

/** What baud detection found. `settings` is absent when nothing readable came at any rate. */
export interface Detected {
  readonly port: string;
  readonly settings?: LineSettings;
  /** `talking`: text came by itself · `answered`: text came after one carriage return. */
  readonly by?: 'talking' | 'answered';
  /** One sentence for the technician. */
  readonly says: string;
  /** The text it was recognised by. */
  readonly saw: string;
  readonly seconds: number;
}

/** What stands on a console, as far as its bytes tell. */
export type ConsoleStateName =
  /** Just opened: nothing is known yet. */
  | 'listening'
  | 'silent'
  /** Bytes that are no text: wrong baud, or a bad cable. */
  | 'noise'
  /** Everything sent comes back and nothing else: a loop, or a line without a program behind it. */
  | 'echo'
  | 'booting'
  | 'boot-loop'
  | 'grub'
  | 'u-boot'
  | 'initramfs'
  | 'fsck'
  | 'maintenance'
  | 'root-locked'
  | 'panic'
  | 'login'
  | 'password'
  /** “Login incorrect” was just said; the next prompt wants a name, and nothing else before it. */
  | 'login-failed'
  /** A login that demands a new password. */
  | 'new-password'
  | 'shell'
  /** A shell that waits for the rest of a command (an open quote). */
  | 'continuation'
  | 'pager'
  | 'editor'
  /** A command is running, of ours or of somebody's. */
  | 'running'
  /** Somebody else types on the same console. */
  | 'stranger'
  | 'unplugged'
  | 'other';

/** What can be done on a console at the press of a button. */
export type ConsoleDeed =
  /** One carriage return. */
  | 'wake'
  | 'log-in'
  | 'log-out'
  /** Leaves a pager, an editor without saving, an open quote, a running command. */
  | 'leave'
  /** Gives the root password for maintenance. */
  | 'enter-maintenance'
  /** Ctrl-D at the maintenance prompt. */
  | 'continue-boot'
  /** Lets a boot loader go on with its default entry. */
  | 'boot-default'
  /** A BREAK; behind a confirmation. */
  | 'break'
  /** BREAK and a SysRq letter; behind a confirmation. */
  | 'sysrq';

export interface ConsoleState {
  readonly is: ConsoleStateName;
  readonly since: Instant;
  /** The line or lines it was recognised by, escape sequences removed. */
  readonly saw: string;
  /** One or two sentences: what this is and what it means. */
  readonly says: string;
  /** In a shell or at maintenance: whether it is root's. */
  readonly root?: boolean;
  /** The host name in the login prompt, where it shows one. */
  readonly hostname?: string;
  /** What makes sense now, the likeliest first. */
  readonly doable: readonly ConsoleDeed[];
}

export type ConsoleNews =
  | {
      readonly is: 'opened';
      readonly console: ConsoleId;
      readonly settings: LineSettings;
      readonly can: LineCan;
      readonly state: ConsoleState;
    }
  | { readonly is: 'bytes'; readonly bytes: Uint8Array }
  | { readonly is: 'state'; readonly state: ConsoleState }
  | { readonly is: 'settings'; readonly settings: LineSettings }
  /** Who drives the console now; absent `by`: the technician may type. */
  | { readonly is: 'driven'; readonly by?: string }
  | { readonly is: 'note'; readonly says: string }
  | { readonly is: 'closed'; readonly says: string };

/** What a kind of port is able to do. Pseudo-terminals and plain sockets have no speed and no control lines. */
export interface LineCan {
  readonly speed: boolean;
  readonly controlLines: boolean;
  readonly sendBreak: boolean;
}

/** What the black box holds of one port. */
export interface BlackBox {
  readonly port: string;
  readonly from: Instant;
  readonly to: Instant;
  readonly bytes: number;
}

/** One line of a black box: received bytes with their time, escape sequences removed. */
export interface BlackBoxLine {
  readonly at: Instant;
  /** Position in the box, for reading on from here. */
  readonly offset: number;
  readonly text: string;
}

/** `more`: there are further lines in the direction that was read. */
export interface BlackBoxPage {
  readonly lines: readonly BlackBoxLine[];
  readonly more: boolean;
}

export interface BlackBoxFind extends BlackBoxLine {
  readonly port: string;
}
