import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import { testFolder } from './sshd.ts';

const run = promisify(execFile);

/**
 * A laptop and one machine on a cable, each in a network namespace of its own: `laptop` and `machine` are lines of sh that
 * make them ready (their cable is `eth0`, in `$folder` they may write), then `program` runs on the laptop, with the
 * folder as its last argument. Gives what it printed. All of it is gone when the program ends, with whatever ran in it; no packet leaves this computer.
 */
export async function onACable(
  t: TestContext,
  parts: { readonly laptop: string; readonly machine: string; readonly program: readonly string[] },
): Promise<string> {
  const folder = await testFolder(t, 'coldstart-cable-');
  const file = async (name: string, lines: string): Promise<string> => {
    await writeFile(join(folder, name), `set -e\nfolder=${folder}\n${lines}\n`);
    return join(folder, name);
  };
  const machine = await file('machine.sh', parts.machine);
  const laptop = await file(
    'laptop.sh',
    `mount -t sysfs none /sys
ip link set lo up
ip link add eth0 type veth peer name far
unshare --net --mount --kill-child sleep 60 &
there=$!
until [ "$(readlink /proc/$there/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.02; done
ip link set far netns $there name eth0
nsenter -t $there -n -m sh ${machine} >&2
${parts.laptop}
exec "$@" "$folder"`,
  );
  // A process namespace: whatever was started ends with its first process.
  const words = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', 'sh', laptop];
  const { stdout } = await run('unshare', [...words, ...parts.program], {
    timeout: 40_000,
    maxBuffer: 2 ** 26,
  });
  return stdout;
}

/** Gives `eth0` this MAC, and addresses ending in `number` that are usable at once. */
export const upLines = (mac: string, number: number): string => `ip link set eth0 address ${mac}
ip link set eth0 addrgenmode none up
ip addr add 10.9.0.${number}/24 dev eth0
ip addr add fe80::${number}/64 dev eth0 nodad`;
