import { realpath, stat } from 'node:fs/promises';
import { FieldError } from '../../../../preload/contract/failure.ts';
import type { LineSettings, PortStanding, SerialPort } from '../../../../preload/contract/serial.ts';
import { portName } from '../../../core/serial/port-name.ts';
import type { PortName } from '../../../core/serial/port-name.ts';
import type { Clock, Line, SerialPorts } from '../../../ports.ts';
import { deviceLine } from './device-line.ts';
import { linuxPorts, terminalNames } from './linux-list.ts';
import type { FoundPort } from './linux-list.ts';
import { otherPorts } from './other-list.ts';
import { rfc2217Line } from './rfc2217-line.ts';
import { socketLine } from './socket-line.ts';
import { heldByUnknown, permission, standings } from './standing.ts';
import { watchPorts } from './watch.ts';
import type { PortNews } from './watch.ts';

export interface WatchedPorts extends SerialPorts {
  /** Tells of ports that are plugged in or pulled, within two seconds. Gives what ends the watching. */
  watch(listener: (news: PortNews) => void): () => void;
}

/** Opens ports that are no device of this laptop, such as those of the practice station. */
export interface OtherPorts extends SerialPorts {
  /** What their names begin with, such as `practice:`. */
  readonly prefix: string;
}

/** Said before a port is opened the first time: the kernel does it, and nothing can keep it from that. */
const onOpening =
  'Opening the port raises its lines DTR and RTS once. A few boards restart at that. They stay raised, also when the port is closed again.';

/** The serial ports of this laptop, sockets, and `others`. `known` are sockets that were opened in earlier sessions. */
export function serialPorts({
  clock,
  known = () => [],
  others = [],
}: {
  readonly clock: Clock;
  readonly known?: () => readonly string[];
  readonly others?: readonly OtherPorts[];
}): WatchedPorts {
  const open = new Map<string, Line>();
  const opening = new Set<string>();
  const sockets = new Set<string>();
  const otherOf = (port: string): OtherPorts | undefined => others.find(one => port.startsWith(one.prefix));

  async function list(): Promise<readonly SerialPort[]> {
    const found = await plugged();
    const standing = await standings(
      found.map(one => one.device),
      new Set(open.keys()),
    );
    const devices = found.map((one, i): SerialPort => ({
      ...one,
      standing: standing[i] ?? { is: 'free' },
      onOpening,
    }));
    const far = [...new Set([...known(), ...sockets])].flatMap(port => socketEntry(port, open.has(port)));
    const rest = await Promise.all(others.map(one => one.list()));
    return [...devices, ...far, ...rest.flat()];
  }

  async function openPort(port: string, settings: LineSettings, signal: AbortSignal): Promise<Line> {
    const other = otherOf(port);
    if (other) return other.open(port, settings, signal);
    const name = portName(port);
    const key = name.is === 'device' ? await deviceOf(name.path, port) : port;
    if (open.has(key) || opening.has(key)) throw ours(port);
    opening.add(key);
    const line = await lineOf(port, name, key, settings, signal).finally(() => opening.delete(key));
    open.set(key, line);
    if (name.is !== 'device') sockets.add(port);
    void line.lost.then(() => open.get(key) === line && open.delete(key));
    return line;
  }

  return { list, open: openPort, watch: listener => watchPorts({ clock, names, list }, listener) };
}

/** Names of terminals; elsewhere there is no such cheap list. */
const names = (): string | undefined =>
  process.platform === 'linux' ? terminalNames().join(' ') : undefined;

const plugged = async (): Promise<readonly FoundPort[]> =>
  process.platform === 'linux' ? linuxPorts() : await otherPorts();

function lineOf(
  port: string,
  name: PortName,
  device: string,
  settings: LineSettings,
  signal: AbortSignal,
): Promise<Line> {
  if (name.is === 'device') return openDevice(port, device, settings, signal);
  if (name.is === 'rfc2217') return rfc2217Line(port, name, settings, signal);
  return socketLine(port, name, settings, signal);
}

/** The device behind a path, links resolved. Throws `no-such-thing` when there is none, `bad-ask` when it is none. */
async function deviceOf(path: string, port: string): Promise<string> {
  if (process.platform === 'win32') return path;
  const device = await realpath(path).catch((cause: unknown) => {
    throw missing(port, cause);
  });
  if (!(await stat(device)).isCharacterDevice()) throw noPort(port);
  return device;
}

async function openDevice(
  port: string,
  device: string,
  settings: LineSettings,
  signal: AbortSignal,
): Promise<Line> {
  const [standing] = await standings([device], new Set());
  if (standing?.is === 'busy') throw busy(port, standing);
  const denied = await permission(device);
  if (denied?.is === 'no-permission') throw notAllowed(port, denied);
  try {
    return await deviceLine(port, device, settings, signal);
  } catch (thrown) {
    throw openTrouble(thrown, port, device);
  }
}

/** serialport's errors carry text only. */
function openTrouble(thrown: unknown, port: string, device: string): unknown {
  if (thrown instanceof FieldError || !(thrown instanceof Error)) return thrown;
  const text = thrown.message;
  if (/Cannot lock port|Device or resource busy|Access denied/i.test(text))
    return busy(port, heldByUnknown(device), thrown);
  if (/No such (file|device)|File not found/i.test(text)) return missing(port, thrown);
  if (/Inappropriate ioctl|ENOTTY/i.test(text)) return noPort(port, thrown);
  if (/Permission denied/i.test(text))
    return notAllowed(
      port,
      { is: 'no-permission', says: `Your account may not use ${device}.`, next: '' },
      thrown,
    );
  return new FieldError(
    {
      code: 'could-not',
      says: `The port could not be opened: ${text.replace(/^Error:?\s*/, '')}.`,
      about: port,
      untouched: 'Nothing was sent.',
      next: 'Pull the adapter, plug it in again, and try another speed if this one is unusual.',
    },
    { cause: thrown },
  );
}

function socketEntry(port: string, isOpen: boolean): readonly SerialPort[] {
  let name: PortName;
  try {
    name = portName(port);
  } catch {
    return [];
  }
  if (name.is === 'device') return [];
  const title = name.is === 'unix' ? name.path : `${name.host}, port ${name.port}`;
  return [{ port, device: '', kind: name.is, title, standing: { is: isOpen ? 'ours' : 'free' } }];
}

const ours = (about: string): FieldError =>
  new FieldError({
    code: 'held-elsewhere',
    says: 'Coldstart itself has this port open already.',
    about,
    untouched: 'Nothing was opened a second time.',
    next: 'Use the console that is open on it, or close it first.',
  });

const busy = (
  about: string,
  { says, next, by }: Extract<PortStanding, { is: 'busy' }>,
  cause?: unknown,
): FieldError =>
  new FieldError(
    {
      code: 'held-elsewhere',
      says,
      about,
      untouched: 'Nothing was sent.',
      next,
      facts: { busy: true, ...(by !== undefined && { by }) },
    },
    { cause },
  );

const notAllowed = (
  about: string,
  { says, next }: Extract<PortStanding, { is: 'no-permission' }>,
  cause?: unknown,
): FieldError =>
  new FieldError({ code: 'not-writable', says, about, untouched: 'Nothing was opened.', next }, { cause });

const missing = (about: string, cause?: unknown): FieldError =>
  new FieldError(
    {
      code: 'no-such-thing',
      says: 'There is no such serial port here.',
      about,
      untouched: 'Nothing was opened.',
      next: 'Plug the adapter in and list the ports again.',
    },
    { cause },
  );

const noPort = (about: string, cause?: unknown): FieldError =>
  new FieldError(
    {
      code: 'bad-ask',
      says: 'This is no serial port.',
      about,
      untouched: 'Nothing was opened.',
      next: 'List the ports and choose one of them.',
    },
    { cause },
  );
