import type { SerialPort } from '../../../../preload/contract/serial.ts';
import type { Clock } from '../../../ports.ts';

/** What came and went since the last look. */
export interface PortNews {
  readonly plugged: readonly SerialPort[];
  readonly unplugged: readonly SerialPort[];
}

interface Looks {
  readonly clock: Clock;
  /** The names of all terminals, where that costs nothing; changed names are looked at closely. */
  readonly names: () => string | undefined;
  readonly list: () => Promise<readonly SerialPort[]>;
}

const lookEveryMs = 1500;

/**
 * Tells what is plugged in and pulled, within two looks: notices of the kernel do not reach a plain process everywhere.
 * Ports that are there at the beginning are no news. Gives what ends the watching.
 */
export function watchPorts({ clock, names, list }: Looks, listener: (news: PortNews) => void): () => void {
  const stop = new AbortController();
  void (async () => {
    let before: readonly SerialPort[] | undefined;
    let lastNames: string | undefined;
    let looks = 0;
    while (!stop.signal.aborted) {
      const seen = names();
      // udev makes its links a moment after the kernel named the device: the next look is a close one too.
      if (seen === undefined || seen !== lastNames) looks = 2;
      lastNames = seen;
      if (looks > 0) {
        looks -= 1;
        const now = await list().then(devices, () => before ?? []);
        const news = before && difference(before, now);
        before = now;
        if (news && news.plugged.length + news.unplugged.length > 0 && !stop.signal.aborted) listener(news);
      }
      await clock.sleep(lookEveryMs, stop.signal).catch(() => undefined);
    }
  })();
  return () => stop.abort();
}

const devices = (ports: readonly SerialPort[]): readonly SerialPort[] =>
  ports.filter(one => one.device !== '');

/** By device and name: an adapter that only got its stable name is told as the new one. */
function difference(before: readonly SerialPort[], now: readonly SerialPort[]): PortNews {
  const key = (one: SerialPort): string => `${one.device} ${one.port}`;
  const had = new Set(before.map(key));
  const has = new Set(now.map(key));
  return {
    plugged: now.filter(one => !had.has(key(one))),
    unplugged: before.filter(one => !has.has(key(one))),
  };
}
