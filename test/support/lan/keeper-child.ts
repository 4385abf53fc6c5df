import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { removeAll } from './namespaces.ts';
import type { LanOrders } from './orders.ts';
import { serve } from './serve.ts';

/**
 * Keeps one test network: serves what is no program of its own, runs the programs, and takes everything away when its
 * input ends. That also happens when the test was killed.
 */
const orders = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as LanOrders;
const sockets = (process.env['LAN_SOCKETS'] ?? '').split(',').filter(Boolean).map(Number);
let over = false;

function end(): void {
  if (over) return;
  over = true;
  removeAll(orders.prefix);
  process.exit(0);
}
process.stdin.on('end', end).on('error', end).resume();
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, end);

orders.services.forEach((service, i) => serve(service, sockets[i] ?? -1));
for (const { namespace, command, env } of orders.programs)
  spawn('nsenter', [`--net=/run/netns/${namespace}`, '--', ...command], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...env },
    cwd: orders.folder,
  }).on('exit', code => {
    if (!over) process.stderr.write(`${command.join(' ')} ended in ${namespace} with ${code}\n`);
  });
process.stdout.write(`on ${join(orders.folder)}\n`);
