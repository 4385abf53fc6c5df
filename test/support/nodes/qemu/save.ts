import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logins } from '../build.ts';
import { Console } from '../console.ts';
import { layer, runMachine } from './machine.ts';

/**
 * Boots the machine once and keeps its memory and its disk, so that every test node is there in a second. Made without
 * a network: the state of one kind of network cannot be woken on another.
 */
export async function saveBooted(vm: string, logins: Logins): Promise<void> {
  const state = join(vm, 'saving');
  rmSync(state, { recursive: true, force: true });
  mkdirSync(state, { mode: 0o700 });
  const disk = join(vm, 'booted.qcow2');
  layer(disk, 'base.qcow2');
  const machine = await runMachine({ vm, state, disk, name: 'node', net: 'hubport,id=n0,hubid=9' });
  try {
    const said = join(state, 'said');
    const end = Date.now() + 240_000;
    while (!existsSync(said) || !readFileSync(said, 'latin1').includes('login: ')) {
      if (Date.now() > end)
        throw new Error(`the machine did not boot: ${readFileSync(said, 'latin1').slice(-2000)}`);
      await pause(200);
    }
    const person = await Console.open(join(state, 'console'));
    await person.login('root', logins.rootPassword);
    const { out } = await person.cmd('systemctl is-system-running --wait; sync');
    if (out !== 'running') {
      const { out: failed } = await person.cmd('systemctl --failed --no-legend');
      throw new Error(`the machine booted, but it is ${out}: ${failed}`);
    }
    person.send('exit\r');
    await person.expect(/login: $/);
    person.close();
    // The side door must stand in the saved state.
    await machine.run('sync');
    await machine.hmp('stop');
    await machine.hmp(`migrate "exec:zstd -1 -q > ${join(vm, 'booted.part')}"`, 120);
    renameSync(join(vm, 'booted.part'), join(vm, 'booted.zst'));
  } finally {
    await machine.end();
    rmSync(state, { recursive: true, force: true });
  }
}
