import { FieldError } from '../../../preload/contract/failure.ts';
import { sh } from '../../core/sh.ts';
import type { WhoIsThere } from '../../ports.ts';

/** Asks a node who it is: hostname, machine-id (systemd or D-Bus), boot id, and the uid we have there. */
export const askIdentity = sh`echo "uid=$(id -u)"
echo "hostname=$(uname -n)"
echo "machine=$(cat /etc/machine-id 2>/dev/null || cat /var/lib/dbus/machine-id 2>/dev/null)"
echo "boot=$(cat /proc/sys/kernel/random/boot_id 2>/dev/null)"`;

export interface Identity extends WhoIsThere {
  readonly uid: number;
}

/** What `askIdentity` printed. A node without machine-id or boot id has an empty one. */
export function identity(printed: string, about: string): Identity {
  const facts = new Map(
    printed
      .split('\n')
      .map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1).trim()]),
  );
  const uid = facts.get('uid');
  if (!uid) throw notUnixLike(about, printed);
  return {
    uid: Number(uid),
    hostname: facts.get('hostname') ?? '',
    machineId: facts.get('machine') ?? '',
    bootId: facts.get('boot') ?? '',
  };
}

const notUnixLike = (about: string, printed: string): FieldError =>
  new FieldError({
    code: 'could-not',
    says: `The login worked, but no command could be run: ${printed.trim().slice(-300) || 'the node gave no answer'}.`,
    about,
    untouched: 'Nothing was changed on the node.',
    next: 'The account may have no shell, or only one fixed command. Use another account, or the serial console.',
  });

/** After a reconnect: nothing when it is the same node in the same boot, else the failure to stop with. */
export function stranger(before: WhoIsThere, now: WhoIsThere, about: string): FieldError | undefined {
  if (before.machineId !== now.machineId || before.hostname !== now.hostname)
    return new FieldError({
      code: 'another-node',
      says: `Another machine answers at this address: ${now.hostname} (${now.machineId || 'no machine-id'}), not ${before.hostname} (${before.machineId || 'no machine-id'}).`,
      about,
      untouched: 'Nothing was run on it.',
      next: 'Check which cable goes where and whether an address was given out twice. Then open the link again.',
      facts: { expected: before.machineId, found: now.machineId },
    });
  if (before.bootId === now.bootId) return undefined;
  return new FieldError({
    code: 'link-lost',
    says: `${now.hostname} has restarted since the link was opened.`,
    about,
    untouched: 'Nothing was run on it after the restart.',
    next: 'Open the link again: what happened before the restart is looked up on the node first.',
    facts: { restarted: true },
  });
}
