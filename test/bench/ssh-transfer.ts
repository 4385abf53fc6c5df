import { systemClock } from '../../main/machine/clock.ts';
import { localFiles } from '../../main/machine/files.ts';
import { sshLinks } from '../../main/links/ssh/links.ts';

/** One transfer of ours as the bench asks for it, in a process of its own so that its memory can be told. */
export interface Transfer {
  readonly what: 'upload' | 'download';
  readonly port: number;
  readonly user: string;
  readonly key: string;
  readonly knownHosts: string;
  readonly local: string;
  readonly remote: string;
  /** The hash it must have, known beforehand as for every file of a bundle. */
  readonly sha256?: string;
  /** Whether a progress panel listens. */
  readonly progress: boolean;
}

export interface Measured {
  readonly seconds: number;
  /** Seconds of processor the transfer took in this process. */
  readonly cpu: number;
  /** Largest resident size during the transfer, less the one before it, in bytes. */
  readonly memory: number;
  readonly resumedAt: number;
  readonly failed: boolean;
}

const ask = JSON.parse(process.argv[2] ?? '{}') as Transfer;
const files = localFiles();
const signal = AbortSignal.timeout(300_000);
const links = sshLinks({ knownHostsFile: ask.knownHosts, userSshFolder: undefined, clock: systemClock });
const target = {
  name: 'bench',
  address: '127.0.0.1',
  port: ask.port,
  user: ask.user,
  login: { is: 'key', path: ask.key } as const,
  secret: () => undefined,
};
const file = await files.open(ask.local, ask.what === 'upload' ? 'read' : 'append');
let shown = 0;
const known = ask.sha256 === undefined ? {} : { sha256: ask.sha256 };
const onProgress = ask.progress ? { onProgress: () => void shown++ } : {};

const idle = process.memoryUsage.rss();
let most = idle;
const watch = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 20);
const began = performance.now();
const cpuBefore = process.cpuUsage();
let resumedAt = 0;
let failed = false;
try {
  const link = await links.open(target, signal);
  const done =
    ask.what === 'upload'
      ? await link.upload(file, ask.remote, { signal, mode: 0o600, ...known, ...onProgress })
      : await link.download(ask.remote, file, { signal, ...onProgress });
  resumedAt = done.resumedAt;
  await link.close();
} catch {
  failed = true;
}
const seconds = (performance.now() - began) / 1000;
const used = process.cpuUsage(cpuBefore);
const cpu = (used.user + used.system) / 1e6;
clearInterval(watch);
await file.close();
process.stdout.write(
  JSON.stringify({ seconds, cpu, memory: most - idle, resumedAt, failed } satisfies Measured),
);
process.exit();
