import { allFlags, combinations, flagGroups, sane } from '../console/termios.ts';
import type { Flag, Termios } from '../console/termios.ts';
import type { Tty } from '../console/tty.ts';
import type { Call, Program } from '../shell/call.ts';
import { terminalAt } from '../console/terminals.ts';

const characters =
  'intr = ^C; quit = ^\\; erase = ^?; kill = ^U; eof = ^D; eol = <undef>; eol2 = <undef>; swtch = <undef>;\nstart = ^Q; stop = ^S; susp = ^Z; rprnt = ^R; werase = ^W; lnext = ^V; discard = ^O;';
const named = new Set(
  'intr quit erase kill eof eol eol2 swtch start stop susp rprnt werase lnext discard status'.split(' '),
);
/** Flags of output and delays that no terminal of today has; `stty` takes them all the same. */
const without = new Set(
  'ocrnl onocr onlret ofill ofdel olcuc iuclc nl0 nl1 cr0 cr1 cr2 cr3 tab0 tab1 tab2 tab3 tabs bs0 bs1 vt0 vt1 ff0 ff1 xcase flusho extproc crterase crtkill ctlecho prterase cmspar cdtrdsr hup drain tandem'.split(
    ' ',
  ),
);
const same: Readonly<Record<string, Flag>> = {
  crterase: 'echoe',
  crtkill: 'echoke',
  ctlecho: 'echoctl',
  prterase: 'echoprt',
  hup: 'hupcl',
  tandem: 'ixoff',
};

/** The settings in the form `stty -g` prints and takes back. */
const saved = (tty: Tty): string => {
  const { min, time, speed, bits } = tty.termios;
  const flags = allFlags.map(flag => (tty.termios[flag] ? '1' : '0')).join('');
  return `${BigInt(`0b${flags}`).toString(16)}:${speed.toString(16)}:${min.toString(16)}:${time.toString(16)}:${bits}`;
};

function fromSaved(text: string): Partial<Termios> | undefined {
  const [, flags, speed, min, time, bits] =
    /^([0-9a-f]+):([0-9a-f]+):([0-9a-f]+):([0-9a-f]+):([5-8])$/.exec(text) ?? [];
  if (flags === undefined) return undefined;
  const on = BigInt(`0x${flags}`).toString(2).padStart(allFlags.length, '0');
  const number = (hex = '0'): number => Number.parseInt(hex, 16);
  return {
    ...Object.fromEntries(allFlags.map((flag, i) => [flag, on[i] === '1'])),
    min: number(min),
    time: number(time),
    speed: number(speed),
    bits: Number(bits) as Termios['bits'],
  };
}

const shownFlags = (tty: Tty, only: (flag: Flag) => boolean): string[] =>
  flagGroups
    .map((group, i) => [
      ...group.filter(only).map(flag => `${tty.termios[flag] ? '' : '-'}${flag}`),
      ...(i === 0 && only('parenb') ? [`cs${tty.termios.bits}`] : []),
    ])
    .filter(group => group.length > 0)
    .map(group => group.join(' '));

function whole(tty: Tty): string {
  const { rows, cols } = tty.size;
  const { speed, min, time } = tty.termios;
  const flags = shownFlags(tty, () => true).join('\n');
  return `speed ${speed} baud; rows ${rows}; columns ${cols}; line = 0;\n${characters}\nmin = ${min}; time = ${time};\n${flags}\n`;
}

function brief(tty: Tty): string {
  const { speed, min, time, icanon } = tty.termios;
  const other = shownFlags(tty, flag => tty.termios[flag] !== sane[flag]);
  const waits = icanon ? '' : `min = ${min}; time = ${time};\n`;
  return `speed ${speed} baud; line = 0;\n${waits}${other.map(line => `${line}\n`).join('')}`;
}

type Setting = { readonly termios: Partial<Termios> } | { readonly size: Partial<Tty['size']> } | 'nothing';

/** One word of the command line, with its value where it takes one; undefined when `stty` knows no such word. */
function setting(word: string, value: string | undefined): { set: Setting; took: 1 | 2 } | undefined {
  const number = Number(value);
  const one = (termios: Partial<Termios>) => ({ set: { termios }, took: 1 as const });
  if (word === 'sane') return one({ ...sane });
  if (word === 'cooked' || word === '-raw') return one(combinations['-raw'] ?? {});
  if (word === '-cooked') return one(combinations['raw'] ?? {});
  if (Object.hasOwn(combinations, word)) return one(combinations[word] ?? {});
  if (word === 'cols' || word === 'columns') return { set: { size: { cols: number } }, took: 2 };
  if (word === 'rows') return { set: { size: { rows: number } }, took: 2 };
  if (word === 'min' || word === 'time') return { set: { termios: { [word]: number } }, took: 2 };
  if (word === 'ispeed' || word === 'ospeed') return { set: { termios: { speed: number } }, took: 2 };
  if (word === 'line') return { set: 'nothing', took: 2 };
  if (/^\d+$/.test(word)) return one({ speed: Number(word) });
  if (/^cs[5-8]$/.test(word)) return one({ bits: Number(word[2]) as Termios['bits'] });
  if (named.has(word)) return { set: 'nothing', took: 2 };
  const bare = word.replace(/^-/, '');
  const flag = same[bare] ?? (allFlags as readonly string[]).find(each => each === bare);
  if (flag) return one({ [flag]: !word.startsWith('-') });
  if (without.has(bare)) return { set: 'nothing', took: 1 };
  const before = fromSaved(word);
  return before && one(before);
}

async function change(call: Call, tty: Tty, words: readonly string[]): Promise<number> {
  let termios: Partial<Termios> = {};
  let size = { ...tty.size };
  for (let at = 0; at < words.length;) {
    const word = words[at] ?? '';
    const found = setting(word, words[at + 1]);
    if (!found) {
      await call.err(`stty: invalid argument '${word}'\nTry 'stty --help' for more information.\n`);
      return 1;
    }
    if (found.took === 2 && words[at + 1] === undefined) {
      await call.err(`stty: missing argument to '${word}'\nTry 'stty --help' for more information.\n`);
      return 1;
    }
    if (found.set !== 'nothing' && 'termios' in found.set) termios = { ...termios, ...found.set.termios };
    else if (found.set !== 'nothing') size = { ...size, ...found.set.size };
    at += found.took;
  }
  tty.size = size;
  if (call.session.terminal) Object.assign(call.session.terminal, size);
  tty.set(termios);
  return 0;
}

/** `stty`: what the line does with what passes it. A terminal over SSH only tells its size. */
export const stty: Program = async call => {
  const words = [...call.args];
  let device: string | undefined;
  const at = words.findIndex(word => word === '-F' || word === '--file');
  if (at >= 0) [, device] = words.splice(at, 2);
  else {
    const joined = words.findIndex(word => /^(-F.+|--file=)/.test(word));
    if (joined >= 0) device = words.splice(joined, 1)[0]?.replace(/^(-F|--file=)/, '');
  }
  const terminal = device === undefined ? call.stdin.tty : terminalAt(call, device) !== undefined;
  if (!terminal) {
    await call.err(
      device === undefined
        ? "stty: 'standard input': Inappropriate ioctl for device\n"
        : `stty: ${device}: Inappropriate ioctl for device\n`,
    );
    return 1;
  }
  const tty =
    device !== undefined && device !== '/dev/tty' ? call.station.consoleTty : call.session.console?.tty;
  if (words.includes('size')) {
    const { rows, cols } = tty?.size ?? call.session.terminal ?? { rows: 24, cols: 80 };
    await call.out(`${rows} ${cols}\n`);
    return 0;
  }
  if (!tty) return 0;
  if (words.length === 0) return (await call.out(brief(tty)), 0);
  if (words[0] === '-a' || words[0] === '--all') return (await call.out(whole(tty)), 0);
  if (words[0] === '-g' || words[0] === '--save') return (await call.out(`${saved(tty)}\n`), 0);
  if (words[0] === 'speed') return (await call.out(`${tty.termios.speed}\n`), 0);
  return change(call, tty, words);
};
