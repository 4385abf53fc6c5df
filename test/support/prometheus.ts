import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { folder } from './folder.ts';
import { freePort } from './sshd.ts';

/** A real Prometheus on loopback, over this data folder (default a fresh one); gives its address. */
export async function prometheus(
  t: TestContext,
  { late = false, data }: { readonly late?: boolean; readonly data?: string } = {},
): Promise<string> {
  const base = folder(t);
  const port = await freePort();
  const config = join(base, 'prometheus.yml');
  writeFileSync(config, late ? 'storage:\n  tsdb:\n    out_of_order_time_window: 90d\n' : '');
  const child = spawn(
    'prometheus',
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${data ?? join(base, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--web.enable-remote-write-receiver',
      '--storage.tsdb.retention.time=10y',
    ],
    { stdio: 'ignore' },
  );
  t.after(async () => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  });
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 200; tries > 0; tries -= 1) {
    const ready = await fetch(`${url}/-/ready`).then(
      answer => answer.ok,
      () => false,
    );
    if (ready) return url;
    await wait(50);
  }
  throw new Error('prometheus did not get ready');
}
