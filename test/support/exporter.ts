import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from './sshd.ts';

/** A real node_exporter of this machine; gives its port. */
export async function nodeExporter(t: TestContext): Promise<number> {
  const port = await freePort();
  const child = spawn('prometheus-node-exporter', [`--web.listen-address=127.0.0.1:${port}`], {
    stdio: 'ignore',
  });
  t.after(async () => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  });
  for (let tries = 200; tries > 0; tries--) {
    const there = await fetch(`http://127.0.0.1:${port}/`).then(
      answer => answer.ok,
      () => false,
    );
    if (there) return port;
    await wait(50);
  }
  throw new Error('node_exporter did not start');
}
