import { Killed } from '../shell/streams.ts';
import type { ConsoleSide } from './side.ts';
import { rightPassword } from './passwords.ts';
import { loginShell } from './login-shell.ts';

/** Debian's `serial-getty@`: rates a BREAK makes agetty step through (`--keep-baud 115200,57600,38400,9600`). */
const steps = [115_200, 57_600, 38_400, 9600];
/** LOGIN_TIMEOUT, LOGIN_RETRIES and FAIL_DELAY of login.defs. */
const patienceMs = 60_000;
const tries = 5;

/** agetty and login on the serial line, until somebody logged in and out again. Ends with `signal`. */
export async function getty(side: ConsoleSide, signal: AbortSignal): Promise<void> {
  for (;;) {
    side.tty.restore();
    const asked = await askName(side, signal);
    if (asked === 'another rate') {
      const at = steps.indexOf(side.uart.baud);
      side.uart.baud = steps[(at + 1) % steps.length] ?? 115_200;
      side.tty.set({ speed: side.uart.baud });
      continue;
    }
    if (asked !== 'left') await login(side, asked.name, signal);
  }
}

const issue = (side: ConsoleSide): string => `\nDebian GNU/Linux 13 ${side.station.hostname} ttyS0\n\n`;

/** agetty reads the name itself, one character at a time, with an echo of its own. */
async function askName(
  side: ConsoleSide,
  signal: AbortSignal,
): Promise<{ readonly name: string } | 'left' | 'another rate'> {
  const { tty, station } = side;
  tty.set({ icanon: false, echo: false, icrnl: false, isig: false, ixon: true, opost: true });
  const show = (text: string): Promise<void> => tty.stream.write(Buffer.from(text), signal);
  for (;;) {
    await show(`${issue(side)}${station.hostname} login: `);
    let name = '';
    for (let done = false; !done;) {
      const bytes = await tty.stream.read(signal);
      if (!bytes) return 'left';
      for (const [at, byte] of bytes.entries()) {
        if (byte === 0) return 'another rate';
        if (byte === 4 || byte === 3) return 'left';
        if (byte === 10 || byte === 13) {
          tty.stream.pushBack(bytes.subarray(at + 1));
          done = true;
          break;
        }
        name = await typedInto(name, byte, show);
      }
    }
    await show('\n');
    if (name !== '') return { name };
  }
}

async function typedInto(name: string, byte: number, show: (text: string) => Promise<void>): Promise<string> {
  if (byte === 8 || byte === 127) {
    if (name !== '') await show('\b \b');
    return name.slice(0, -1);
  }
  if (byte === 21) {
    await show('\b \b'.repeat(name.length));
    return '';
  }
  if (byte < 32 || name.length > 200) return name;
  const char = String.fromCharCode(byte);
  await show(char);
  return name + char;
}

/** Puts a time limit on what a login waits for; undefined when it ran out. */
async function inTime<T>(
  side: ConsoleSide,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T | 'late'> {
  const control = new AbortController();
  const stop = (): void => control.abort(signal.reason ?? new Killed('HUP'));
  signal.addEventListener('abort', stop, { once: true });
  const late = new AbortController();
  void side.station.clock.sleep(patienceMs * (side.pace || 1), late.signal).then(
    () => control.abort(new Killed('ALRM')),
    () => undefined,
  );
  try {
    return await work(control.signal);
  } catch (thrown) {
    if (signal.aborted || !(thrown instanceof Killed) || thrown.signal !== 'ALRM') throw thrown;
    return 'late';
  } finally {
    late.abort();
    signal.removeEventListener('abort', stop);
  }
}

/** login(1): asks for the password, and after a wrong one for the name again, in canonical mode. */
async function login(side: ConsoleSide, first: string, signal: AbortSignal): Promise<void> {
  const { tty, console: at, station } = side;
  const show = (text: string): Promise<void> => tty.stream.write(Buffer.from(text), signal);
  tty.set({ icanon: true, echo: true, icrnl: true, isig: true });
  let name: string | undefined = first;
  const interrupted = new AbortController();
  at.onInterrupt = () => interrupted.abort(new Killed('INT'));
  const both = AbortSignal.any([signal, interrupted.signal]);
  try {
    for (let turn = 0; turn < tries; turn += 1) {
      const password: string | undefined = await timed(side, both, each => at.readSecret('Password: ', each));
      if (password === undefined) return;
      if (rightPassword(side, name, password)) {
        await loginShell(side, name, signal);
        return;
      }
      await station.pause(side.failDelayMs * side.pace, both);
      if (turn === tries - 1) break;
      await show('\nLogin incorrect\n');
      name = await timed(side, both, each =>
        at.readLine(`${station.hostname} login: `, each, { plain: true }),
      );
      if (name === undefined) return;
    }
    await show(`\nMaximum number of tries exceeded (${tries})\n`);
    await station.pause(200 * side.pace, both);
  } catch (thrown) {
    // Ctrl-C ends login; init starts getty again.
    if (!interrupted.signal.aborted || signal.aborted) throw thrown;
  }
}

async function timed<T>(
  side: ConsoleSide,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T | undefined>,
): Promise<T | undefined> {
  const got = await inTime(side, signal, work);
  if (got !== 'late') return got;
  await side.tty.stream.write(Buffer.from('\nLogin timed out after 60 seconds.\n'), signal);
  return undefined;
}
