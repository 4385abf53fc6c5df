import type { ConsoleSide } from './side.ts';

/** What the chosen entry adds to the kernel's command line. */
export interface Entry {
  /** `init=…` */
  readonly init: string | undefined;
  /** SYSTEMD_SULOGIN_FORCE=1: emergency mode opens also for a locked root. */
  readonly sulogin: boolean;
}

const entries = ['Debian GNU/Linux', 'Advanced options for Debian GNU/Linux'] as const;
const script = [
  "setparams 'Debian GNU/Linux'",
  '',
  '        load_video',
  '        insmod gzio',
  '        insmod ext2',
  '        search --no-floppy --fs-uuid --set=root 6f1c9d3a-0d5c-4b0e-9c0e-3a7b8f1d2c4e',
  "        echo    'Loading Linux ...'",
  '        linux   /boot/vmlinuz root=UUID=6f1c9d3a-0d5c-4b0e-9c0e-3a7b8f1d2c4e ro console=tty0 console=ttyS0,115200n8',
  "        echo    'Loading initial ramdisk ...'",
  '        initrd  /boot/initrd.img',
];
const seconds = 5;

const to = (row: number, column: number): string => `\x1b[${row};${column}H`;
const bar = '-'.repeat(76);

/** The entry that is booted: after the countdown, or as it was chosen or edited at the menu. `waits`: no countdown. */
export async function grub(side: ConsoleSide, signal: AbortSignal, waits: boolean): Promise<Entry> {
  side.station.stage = waits ? 'grub' : 'boot';
  side.tty.set({ icanon: false, echo: false, icrnl: false, isig: false, ixon: false, opost: false });
  drawMenu(side, 0);
  if (!waits && !(await countdown(side, signal))) return asTyped(script);
  side.station.stage = 'grub';
  return menu(side, signal);
}

function drawMenu(side: ConsoleSide, chosen: number): void {
  let text = `\x1b[?25l\x1b[0m\x1b[2J${to(2, 28)}GNU GRUB  version 2.12-9${to(4, 2)}/${bar}\\`;
  for (let row = 0; row < 12; row += 1) {
    const name = entries[row] ?? '';
    const line = `${row === chosen ? '*' : ' '}${name}`.padEnd(76);
    text += `${to(5 + row, 2)}|${row === chosen ? `\x1b[7m${line}\x1b[0m` : line}|`;
  }
  text += `${to(17, 2)}\\${bar}/`;
  text += `${to(19, 7)}Use the ^ and v keys to select which entry is highlighted.`;
  text += `${to(20, 7)}Press enter to boot the selected OS, \`e' to edit the commands`;
  text += `${to(21, 7)}before booting or \`c' for a command-line.`;
  side.tty.print(text);
}

/** False when nobody touched a key. */
async function countdown(side: ConsoleSide, signal: AbortSignal): Promise<boolean> {
  for (let left = seconds; left > 0; left -= 1) {
    side.tty.print(`${to(23, 4)}The highlighted entry will be executed automatically in ${left}s.   `);
    if (await key(side, signal, 400)) return true;
  }
  return false;
}

/** A key within the time, or whenever it comes; undefined when none came. */
async function key(side: ConsoleSide, signal: AbortSignal, withinMs?: number): Promise<string | undefined> {
  if (withinMs === undefined) return side.tty.keys(signal);
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), withinMs * side.pace);
  try {
    return await side.tty.keys(AbortSignal.any([signal, late.signal]));
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

async function menu(side: ConsoleSide, signal: AbortSignal): Promise<Entry> {
  let chosen = 0;
  for (;;) {
    drawMenu(side, chosen);
    const pressed = (await key(side, signal)) ?? '';
    if (/\x1b(\[|O)A|\^/.test(pressed)) chosen = Math.max(0, chosen - 1);
    else if (/\x1b(\[|O)B|v/.test(pressed)) chosen = Math.min(entries.length - 1, chosen + 1);
    else if (/[\r\n]/.test(pressed)) return asTyped(script);
    else if (pressed.startsWith('c')) {
      if (await commandLine(side, signal)) return asTyped(script);
    } else if (pressed.startsWith('e')) {
      const edited = await editor(side, signal);
      if (edited) return edited;
    }
  }
}

const asTyped = (lines: readonly string[]): Entry => {
  const linux = lines.find(line => /^\s*linux\b/.test(line)) ?? '';
  return {
    init: /\binit=(\S+)/.exec(linux)?.[1],
    sulogin: /\bSYSTEMD_SULOGIN_FORCE=(1|yes|true)\b/i.test(linux),
  };
};

/** `grub>`: true when it was told to boot, false when it was left for the menu. */
async function commandLine(side: ConsoleSide, signal: AbortSignal): Promise<boolean> {
  side.tty.print(`\x1b[?25h\x1b[2J${to(2, 28)}GNU GRUB  version 2.12-9\r\n\r\n`);
  let line = '';
  side.tty.print('grub> ');
  for (;;) {
    for (const char of (await key(side, signal)) ?? '') {
      if (char === '\x1b') return false;
      if (char === '\x7f' || char === '\b') {
        if (line !== '') side.tty.print('\b \b');
        line = line.slice(0, -1);
      } else if (char === '\r' || char === '\n') {
        const word = line.trim();
        line = '';
        side.tty.print('\r\n');
        if (word === 'boot') return true;
        if (word === 'exit' || word === 'normal') return false;
        if (word === 'reboot') side.station.reboot();
        side.tty.print(answer(word));
      } else if (char >= ' ') {
        line += char;
        side.tty.print(char);
      }
    }
  }
}

function answer(word: string): string {
  if (word === '') return 'grub> ';
  if (word === 'ls') return '(hd0) (hd0,msdos1)\r\ngrub> ';
  if (word === 'help') return 'boot  exit  help  ls  normal  reboot\r\ngrub> ';
  return `error: can't find command \`${word.split(' ')[0] ?? ''}'.\r\ngrub> `;
}

/** The entry's commands, to be edited; undefined when Escape left it as it was. */
async function editor(side: ConsoleSide, signal: AbortSignal): Promise<Entry | undefined> {
  const lines: string[] = [...script];
  let [row, column] = [0, 0];
  for (;;) {
    let text = `\x1b[?25h\x1b[2J${to(2, 28)}GNU GRUB  version 2.12-9${to(4, 2)}/${bar}\\`;
    for (const [i, line] of lines.entries()) text += `${to(5 + i, 3)}${line.slice(0, 160)}`;
    text += `${to(20, 3)}Press Ctrl-x or F10 to boot, Ctrl-c or F2 for a command-line or ESC to discard edits.${to(5 + row, 3 + column)}`;
    side.tty.print(text);
    const pressed = (await key(side, signal)) ?? '';
    for (const each of pressed.match(/\x1b(?:\[|O)[A-Z]|\x1b\[\d+~|[^]/g) ?? []) {
      const line = lines[row] ?? '';
      if (each === '\x18' || each === '\x1b[21~') return asTyped(lines);
      if (each === '\x1b' || each === '\x03') return undefined;
      if (/^\x1b.A$/.test(each) || each === '\x10') row = Math.max(0, row - 1);
      else if (/^\x1b.B$/.test(each) || each === '\x0e') row = Math.min(lines.length - 1, row + 1);
      else if (/^\x1b.C$/.test(each) || each === '\x06') column += 1;
      else if (/^\x1b.D$/.test(each) || each === '\x02') column -= 1;
      else if (each === '\x05' || each === '\x1b[F') column = line.length;
      else if (each === '\x01' || each === '\x1b[H') column = 0;
      else if (each === '\x7f' || each === '\b') {
        lines[row] = line.slice(0, Math.max(0, column - 1)) + line.slice(column);
        column -= 1;
      } else if (each >= ' ' && !each.startsWith('\x1b')) {
        lines[row] = line.slice(0, column) + each + line.slice(column);
        column += 1;
      }
      column = Math.max(0, Math.min(column, (lines[row] ?? '').length));
    }
  }
}
