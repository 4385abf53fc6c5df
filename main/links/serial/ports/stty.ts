import { execFile } from 'node:child_process';
import type { LineSettings } from '../../../../preload/contract/serial.ts';

const patienceMs = 3000;

/**
 * The words of stty(1) for the form of a character and for flow control. serialport can set these only while opening,
 * and knows neither mark nor space parity.
 */
export function frameWords({
  dataBits,
  parity,
  stopBits,
  flow,
}: Omit<LineSettings, 'baud'>): readonly string[] {
  const parities: Record<LineSettings['parity'], readonly string[]> = {
    none: ['-parenb', '-parodd', '-inpck'],
    even: ['parenb', '-parodd'],
    odd: ['parenb', 'parodd'],
    mark: ['parenb', 'cmspar', 'parodd'],
    space: ['parenb', 'cmspar', '-parodd'],
  };
  const sticky = parity === 'mark' || parity === 'space' || process.platform !== 'linux' ? [] : ['-cmspar'];
  return [
    `cs${dataBits}`,
    ...parities[parity],
    ...sticky,
    // With five data bits the hardware makes one and a half stop bits of it.
    stopBits === 1 ? '-cstopb' : 'cstopb',
    flow === 'rtscts' ? 'crtscts' : '-crtscts',
    ...(flow === 'xonxoff' ? ['ixon', 'ixoff'] : ['-ixon', '-ixoff']),
  ];
}

/**
 * Changes a terminal device that is already open here: opening it a second time neither touches its control lines nor
 * takes bytes. False where there is no stty, or it refuses.
 */
export const stty = (device: string, words: readonly string[]): Promise<boolean> =>
  new Promise(done => {
    if (process.platform === 'win32') return done(false);
    const args = [process.platform === 'linux' ? '-F' : '-f', device, ...words];
    execFile('stty', args, { timeout: patienceMs, killSignal: 'SIGKILL' }, error => done(error === null));
  });
