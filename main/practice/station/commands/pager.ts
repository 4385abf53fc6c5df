import type { Tty } from '../console/tty.ts';
import type { Call, Program, Programs } from '../shell/call.ts';
import { collector } from '../shell/streams.ts';
import { bytesOf } from './files.ts';

/** The terminal of this session with settings of its own; undefined over SSH and without a terminal. */
export const ownTty = (call: Call): Tty | undefined =>
  call.stdout.tty ? call.session.console?.tty : undefined;

/** Runs `work` with the keys coming one by one and unseen, and puts everything back. */
export async function keyed<T>(tty: Tty, work: () => Promise<T>): Promise<T> {
  const before = tty.termios;
  tty.set({ icanon: false, echo: false, icrnl: false, min: 1, time: 0 });
  try {
    return await work();
  } finally {
    tty.set(before);
  }
}

/** The next key; undefined when the line is gone. */
export async function nextKey(tty: Tty, signal: AbortSignal): Promise<string | undefined> {
  const text = await tty.keys(signal);
  if (text === undefined) return undefined;
  const key = /^(?:\x1b(?:\[|O)[0-9;]*[A-Za-z~]|[^])/.exec(text)?.[0] ?? '';
  tty.stream.pushBack(Buffer.from(text.slice(key.length), 'latin1'));
  return key;
}

/** Shows text page by page, as `less` does; what fits on one screen is only printed. */
async function paged(call: Call, tty: Tty, text: string, onePageToo: boolean): Promise<number> {
  const lines = text.replace(/\n$/, '').split('\n');
  const page = Math.max(2, (tty.size.rows || 24) - 1);
  if (lines.length <= page && !onePageToo) return (await call.out(text), 0);
  let top = 0;
  const show = async (): Promise<void> => {
    const shown = lines.slice(top, top + page);
    const end = top + page >= lines.length;
    const mark = end
      ? `lines ${top + 1}-${lines.length}/${lines.length} (END)`
      : `lines ${top + 1}-${top + shown.length}`;
    const filled = [...shown, ...Array.from({ length: page - shown.length }, () => '~')];
    await call.out(
      `\x1b[H\x1b[J${filled.map(line => `${line.slice(0, tty.size.cols || 80)}\n`).join('')}\x1b[7m${mark}\x1b[27m\x1b[K`,
    );
  };
  return keyed(tty, async () => {
    await call.out('\x1b[?1049h\x1b[?1h\x1b=');
    for (;;) {
      await show();
      const key = await nextKey(tty, call.process.signal);
      if (key === undefined || key === 'q' || key === 'Q') break;
      const last = Math.max(0, lines.length - page);
      if (key === ' ' || key === 'f') top = Math.min(last, top + page);
      else if (key === 'b') top = Math.max(0, top - page);
      else if (key === 'G') top = last;
      else if (key === 'g') top = 0;
      else if (/^\x1b.A$|k/.test(key)) top = Math.max(0, top - 1);
      else top = Math.min(last, top + 1);
    }
    await call.out('\r\x1b[K\x1b[?1l\x1b>\x1b[?1049l');
    return 0;
  });
}

const less: Program = async call => {
  const names = call.args.filter(arg => !/^[-+]/.test(arg));
  const parts: Uint8Array[] = [];
  for (const name of names.length > 0 ? names : ['-'])
    for await (const part of bytesOf(call, name)) parts.push(part);
  const text = Buffer.concat(parts).toString();
  const tty = ownTty(call);
  return tty ? paged(call, tty, text, true) : (await call.out(text), 0);
};

/** systemctl and journalctl open a pager on a terminal, unless told otherwise. */
export const throughPager =
  (program: Program): Program =>
  async call => {
    const tty = ownTty(call);
    const pager = call.env.get('SYSTEMD_PAGER') ?? call.env.get('PAGER');
    const without =
      pager === '' || pager === 'cat' || call.args.some(arg => /^(--no-pager|-f|--follow)$/.test(arg));
    if (!tty || without) return program(call);
    const all = collector();
    const status = await program({
      ...call,
      stdout: all.stream,
      out: value => all.stream.write(Buffer.from(value), call.process.signal),
    });
    await paged(call, tty, Buffer.from(all.bytes()).toString(), false);
    return status;
  };

export const pagerPrograms: Programs = { less, more: less, pager: less };
