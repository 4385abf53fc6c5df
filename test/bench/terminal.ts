import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { sh } from '../../main/core/sh.ts';
import { Scope } from '../../main/core/scope.ts';
import { sshLinks } from '../../main/links/ssh/links.ts';
import { systemClock } from '../../main/machine/clock.ts';
import { openChromium } from '../support/page/chromium.ts';
import { runSshd } from '../support/sshd.ts';
import type { Sshd } from '../support/sshd.ts';
import type { Row } from './table.ts';

const root = join(import.meta.dirname, '..', '..');
const bytes = 100_000_000;
const rows = bytes / 80;
/** 100 MB in lines of 79 characters. */
const flood = `yes 'the quick brown fox jumps over the lazy dog, and then it does so once again and so on' | cut -c 1-79 | head -n ${rows}`;

/** 100 MB of output of one command through a link; the consumer counts. */
async function throughExec(sshd: Sshd, folder: string): Promise<readonly Row[]> {
  const links = sshLinks({
    knownHostsFile: join(folder, 'known_hosts'),
    userSshFolder: join(folder, 'none'),
    clock: systemClock,
  });
  const signal = AbortSignal.timeout(120_000);
  const target = {
    name: 'bench',
    address: '127.0.0.1',
    port: sshd.port,
    user: sshd.user,
    login: { is: 'key', path: sshd.key },
    secret: () => undefined,
  } as const;
  const fingerprint = spawnSync('ssh-keygen', ['-lf', '-'], {
    input: await sshd.hostKey('ed25519'),
    encoding: 'utf8',
  }).stdout;
  await links.trust(target, /SHA256:\S+/.exec(fingerprint)?.[0] ?? '', signal);
  const link = await links.open(target, signal);
  try {
    const before = process.memoryUsage().rss;
    let most = before;
    let seen = 0;
    const began = performance.now();
    await link.exec(sh`head -c ${bytes} /dev/zero`, {
      signal,
      keepBytes: 1024,
      onOutput: (_, piece) => {
        seen += piece.length;
        most = Math.max(most, process.memoryUsage().rss);
      },
    });
    const seconds = (performance.now() - began) / 1000;
    if (seen !== bytes) throw new Error(`${seen} of ${bytes} bytes came through`);
    return [
      { name: 'exec: 100 MB of output', value: bytes / 1e6 / seconds, unit: 'MB/s' },
      { name: 'exec: memory above idle', value: (most - before) / 2 ** 20, unit: 'MiB' },
    ];
  } finally {
    await link.close();
  }
}

/** Runs one command of the CLI on the bench's own home and gives what it prints. */
function cli(home: string, ...args: string[]): { id: string } {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [join(root, 'out/hosts/cli.js'), ...args, '--json'],
    {
      encoding: 'utf8',
      env: { ...process.env, COLDSTART_HOME: home },
    },
  );
  if (status !== 0) throw new Error(stdout + stderr);
  return JSON.parse(stdout) as { id: string };
}

/** Starts the door and gives its link. */
function openDoor(home: string, scope: Scope): Promise<string> {
  const door = spawn(process.execPath, [join(root, 'out/hosts/node.js'), '--no-open'], {
    env: { ...process.env, COLDSTART_HOME: home },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  scope.later(() => new Promise<void>(done => (door.once('exit', () => done()), door.kill('SIGTERM'))));
  let told = '';
  return new Promise((done, failed) => {
    door.once('exit', () => failed(new Error(`the door did not open: ${told}`)));
    door.stdout.setEncoding('utf8').on('data', (text: string) => {
      told += text;
      const link = /http:\/\/127\S+/.exec(told)?.[0];
      if (link) done(link);
    });
  });
}

/** Counts how long the page could not answer, from now on: the longest gap between two turns of its event loop. */
const watchGaps = (page: Page): Promise<void> =>
  page.evaluate(`(() => {
    globalThis.longest = 0;
    const channel = new MessageChannel();
    let last = performance.now();
    channel.port1.onmessage = () => {
      const now = performance.now();
      globalThis.longest = Math.max(globalThis.longest, now - last);
      last = now;
      setTimeout(() => channel.port2.postMessage(0), 0);
    };
    channel.port2.postMessage(0);
  })()`);

async function throughPage(sshd: Sshd, folder: string, scope: Scope): Promise<readonly Row[]> {
  const home = join(folder, 'home');
  cli(home, 'site', 'create', 'Bench');
  const node = cli(
    home,
    'node',
    'add',
    'bench',
    '--address',
    '127.0.0.1',
    '--port',
    String(sshd.port),
    '--user',
    sshd.user,
    '--key',
    sshd.key,
  );
  const fingerprint = spawnSync('ssh-keygen', ['-lf', '-'], {
    input: await sshd.hostKey('ed25519'),
    encoding: 'utf8',
  }).stdout;
  cli(home, 'node', 'show', 'bench', '--host-key', /SHA256:\S+/.exec(fingerprint)?.[0] ?? '');
  const link = await openDoor(home, scope);
  const chromium = scope.own(await openChromium());
  const page = await chromium.browser.newPage({ viewport: { width: 1366, height: 768 } });
  await page.goto(link);
  await page.getByRole('navigation').first().waitFor();
  await page.evaluate(`location.hash = '#/shell/${node.id}'`);
  const terminal = page.locator('.xterm-helper-textarea');
  await terminal.waitFor({ timeout: 30_000 });
  await terminal.focus();
  // A prompt is there once the place of the terminal says so; the login shell reads what is typed in any case.
  await page.waitForTimeout(1_000);
  const heap = async (): Promise<number> =>
    Number(await page.evaluate('performance.memory.usedJSHeapSize')) / 2 ** 20;
  const before = await heap();
  await watchGaps(page);
  const began = performance.now();
  // The node writes the file after its last byte; flow control keeps at most a few MiB on the way to the page.
  const ended = join(folder, 'ended');
  await page.keyboard.type(`${flood}; touch ${ended}\n`);
  while (!existsSync(ended)) {
    if (performance.now() - began > 240_000)
      throw new Error('the page did not take 100 MB within four minutes');
    await page.waitForTimeout(100);
  }
  const seconds = (performance.now() - began) / 1000;
  const longest = Number(await page.evaluate('globalThis.longest'));
  const after = await heap();
  return [
    { name: 'page terminal: 100 MB shown', value: bytes / 1e6 / seconds, unit: 'MB/s' },
    { name: 'page terminal: longest block', value: longest, unit: 'ms', bar: '≤ 100', met: longest <= 100 },
    { name: 'page terminal: heap grown', value: after - before, unit: 'MiB' },
  ];
}

/** 100 MB through exec, and through the page's terminal in a real Chromium. Needs a build, sshd and Chromium. */
export async function bench(): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'coldstart-terminal-'));
  const scope = new Scope();
  scope.later(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  try {
    const sshd = await runSshd(join(folder));
    scope.later(() => sshd.stop());
    return [...(await throughExec(sshd, folder)), ...(await throughPage(sshd, folder, scope))];
  } finally {
    await scope.close();
  }
}
