import type { Station } from './station.ts';

/** Tables of the kernel whose numbers move with the node's clock: a quiet server that writes about 20 KB each second. */
export function tables(station: Station): Readonly<Record<string, () => string>> {
  const seconds = (): number => Math.max(0, station.now() - station.bootedAt) / 1000;
  const each = (aSecond: number): number => Math.floor(seconds() * aSecond);
  const stalled = (share: number): string => `avg10=0.00 avg60=0.00 avg300=0.00 total=${each(share * 1e6)}\n`;
  const pressure = (share: number) => (): string => `some ${stalled(share)}full ${stalled(share / 2)}`;
  const disk = (): string =>
    [each(0.4), 0, each(12), each(0.3), each(5), each(2), each(40), each(11), 0, each(9), each(12)].join(' ');
  return {
    '/proc/diskstats': () => `   8       0 sda ${disk()}\n   8       1 sda1 ${disk()}\n`,
    '/proc/net/dev': () =>
      `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: ${each(9000)} ${each(40)} 0 0 0 0 0 0 ${each(9000)} ${each(40)} 0 0 0 0 0 0
  eth0: ${each(2100)} ${each(14)} 0 ${each(0.01)} 0 0 0 0 ${each(3300)} ${each(15)} 0 0 0 0 0 0
`,
    '/proc/pressure/cpu': pressure(0.004),
    '/proc/pressure/io': pressure(0.002),
    '/proc/pressure/memory': pressure(0),
    '/proc/sys/kernel/ostype': () => 'Linux\n',
    '/proc/sys/kernel/version': () => '#1 SMP PREEMPT_DYNAMIC Debian 6.12.48-1 (2025-09-20)\n',
    '/proc/sys/kernel/domainname': () => '(none)\n',
    '/sys/block/sda/device/model': () => 'Practice SSD\n',
    '/sys/class/net/eth0/device/uevent': () => 'DRIVER=practice\n',
    '/sys/class/net/eth0/carrier_changes': () => '2\n',
    '/sys/class/thermal/thermal_zone0/type': () => 'x86_pkg_temp\n',
    // A quarter of an hour from cool to warm and back.
    '/sys/class/thermal/thermal_zone0/temp': () =>
      `${Math.round(46_000 + 3000 * Math.sin((seconds() * 2 * Math.PI) / 900))}\n`,
  };
}
