import { usualLine } from '../../../preload/contract/serial.ts';
import type { LineSettings, PortStanding, SerialPort } from '../../../preload/contract/serial.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { At } from '../at.ts';
import { attended } from '../console.ts';
import type { Verb } from '../verb.ts';
import { table } from '../words.ts';

const standingText = (standing: PortStanding): string =>
  ({ free: 'free', ours: 'open in Coldstart', busy: 'in use', 'no-permission': 'no permission' })[
    standing.is
  ];

const portLine = (port: SerialPort): readonly string[] => [
  port.port,
  port.title,
  standingText(port.standing),
  port.device,
];

/** What stands in the way of a port, with the command that helps. */
const obstacles = (ports: readonly SerialPort[]): readonly string[] =>
  ports.flatMap(({ port, standing }) =>
    'says' in standing ? [`! ${port}: ${standing.says}\n    ${standing.next}`] : [],
  );

const refuse = (says: string, next: string): never => {
  throw new FieldError({ code: 'bad-ask', says, untouched: 'Nothing was opened.', next });
};

/** `8N1`, `7E1`, … as terminals write it. */
function frame(word: string): Pick<LineSettings, 'dataBits' | 'parity' | 'stopBits'> {
  const [, bits = '', parity = '', stop = ''] = /^([5-8])([noems])(1|1\.5|2)$/i.exec(word) ?? [];
  if (bits === '') return refuse(`“${word}” is no frame.`, 'Write it as 8N1, 7E1 or 8E2.');
  const named = { n: 'none', o: 'odd', e: 'even', m: 'mark', s: 'space' } as const;
  return {
    dataBits: Number(bits) as LineSettings['dataBits'],
    parity: named[parity.toLowerCase() as keyof typeof named],
    stopBits: Number(stop) as LineSettings['stopBits'],
  };
}

/** The settings somebody named; undefined when none were, so that they are looked for. */
export function settingsGiven(at: At): LineSettings | undefined {
  const baud = at.option('baud');
  const flow = at.option('flow');
  if (baud === undefined && flow === undefined && at.option('frame') === undefined) return undefined;
  if (baud !== undefined && !/^\d{2,7}$/.test(baud))
    return refuse(`“${baud}” is no speed.`, 'Give bits per second, such as 115200.');
  if (flow !== undefined && flow !== 'none' && flow !== 'rtscts' && flow !== 'xonxoff')
    return refuse(`“${flow}” is no flow control.`, 'Choose none, rtscts or xonxoff.');
  return {
    ...usualLine,
    ...(baud !== undefined && { baud: Number(baud) }),
    ...frame(at.option('frame') ?? '8N1'),
    flow: flow ?? 'none',
  };
}

export const lineOptions = {
  baud: { value: 'BAUD', says: 'Bits per second; left out, the speed is looked for.' },
  frame: { value: '8N1', says: 'Data bits, parity (N, E, O, M, S) and stop bits; default 8N1.' },
  flow: { value: 'FLOW', says: 'Flow control: none (default), rtscts or xonxoff.' },
};

/** Says what opening does to whatever is at the other end, while it is not open yet. */
async function warnedOf(at: At, word: string): Promise<void> {
  const ports = await at.call('serial.list', {});
  const found = ports.find(({ port, device }) => port === word || device === word);
  if (found?.standing.is === 'free' && found.onOpening !== undefined) at.output.say(found.onOpening);
}

export const serialVerbs: readonly Verb[] = [
  {
    name: 'serial list',
    takes: [],
    says: 'Show the serial ports of this laptop, and who keeps one from being opened.',
    run: async at => {
      const ports = await at.call('serial.list', {});
      return {
        json: { ports },
        text:
          ports.length === 0
            ? 'No serial port is plugged in. Plug the USB-serial adapter in, or name a socket: tcp://host:port, rfc2217://host:port, unix:/path'
            : [table(['PORT', 'WHAT', 'STANDING', 'DEVICE'], ports.map(portLine)), ...obstacles(ports)].join(
                '\n',
              ),
      };
    },
  },
  {
    name: 'serial detect',
    takes: ['PORT'],
    says: 'Find out the speed of the console on a serial port.',
    more: 'Listens first; then sends single carriage returns, from the fastest speed to the slowest. Opening a port raises DTR and RTS.',
    run: async at => {
      await warnedOf(at, at.arg(0));
      const found = await at.call('serial.detect', { port: at.arg(0) });
      return {
        json: found,
        text: [`${found.settings ? '✓' : '✗'} ${found.says}`, ...(found.saw ? [`  ${found.saw}`] : [])].join(
          '\n',
        ),
        exit: found.settings ? 0 : 1,
      };
    },
  },
  {
    name: 'serial console',
    takes: ['PORT'],
    says: 'Watch a serial console and type on it; everything received goes into the black box.',
    more: 'Ctrl-] and then: q leaves, l logs in, b sends BREAK, s and a letter sends SysRq, ? lists these. Without a terminal it only watches.',
    options: {
      ...lineOptions,
      node: { value: 'NODE', says: 'Whose login Ctrl-] l uses; default: the node this port belongs to.' },
      for: { value: 'SECONDS', says: 'Leave by itself after so long.' },
    },
    run: async at => {
      const settings = settingsGiven(at);
      await warnedOf(at, at.arg(0));
      return attended(at, at.arg(0), settings);
    },
  },
];
