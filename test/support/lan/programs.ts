import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fingerprintOf } from '../nodes/node.ts';
import { keygen } from '../sshd.ts';
import type { HostSpec } from './host.ts';
import type { LanOrders } from './orders.ts';

const run = promisify(execFile);
type Program = Omit<LanOrders['programs'][number], 'namespace'>;
const keyTypes = ['ed25519', 'ecdsa'] as const;

/** Makes a host's own SSH keys; gives their fingerprints. */
export async function sshKeys(folder: string): Promise<Record<(typeof keyTypes)[number], string>> {
  await mkdir(folder, { recursive: true });
  const made = async (type: string): Promise<string> => {
    await keygen(join(folder, type), type);
    return fingerprintOf(await readFile(join(folder, `${type}.pub`), 'utf8'));
  };
  const [ed25519, ecdsa] = await Promise.all(keyTypes.map(made));
  return { ed25519: ed25519 ?? '', ecdsa: ecdsa ?? '' };
}

/** One sshd with the host keys of `keys`. A late one accepts at once and says its banner only then. */
async function sshd(folder: string, keys: string, login: string, lateMs = 0): Promise<Program> {
  const config = join(folder, 'sshd_config');
  const lines = [
    ...keyTypes.map(type => `HostKey ${join(keys, type)}`),
    `AuthorizedKeysFile ${login}.pub`,
    `PidFile ${join(folder, 'sshd.pid')}`,
    'StrictModes no',
    'PermitRootLogin yes',
    'UsePAM no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'MaxStartups 100',
    'Subsystem sftp internal-sftp',
  ];
  await writeFile(config, `${lines.join('\n')}\n`);
  if (lateMs === 0)
    return { command: ['/usr/sbin/sshd', '-D', '-f', config, '-E', join(folder, 'sshd.log')] };
  const said = `sleep ${lateMs / 1000}; exec /usr/sbin/sshd -i -f ${config} -E ${join(folder, 'sshd.log')}`;
  const late = join(folder, 'late.sh');
  await writeFile(late, `#!/bin/sh\n${said}\n`, { mode: 0o755 });
  return { command: ['socat', 'TCP6-LISTEN:22,fork,reuseaddr,ipv6only=0', `EXEC:${late}`] };
}

const escaped = (text: string): string => text.replace(/[&<>"]/g, at => `&#${at.codePointAt(0)};`);

/** A real avahi-daemon, without D-Bus, that sees its own services and its own /run. */
async function avahi(folder: string, { host, services }: NonNullable<HostSpec['mdns']>): Promise<Program> {
  const announced = join(folder, 'services');
  await mkdir(announced, { recursive: true });
  const config = [
    '[server]',
    `host-name=${host}`,
    'enable-dbus=no',
    'use-ipv4=yes',
    'use-ipv6=yes',
    '[publish]',
    'publish-workstation=yes',
    'publish-hinfo=no',
    '[rlimits]',
  ];
  await writeFile(join(folder, 'avahi.conf'), `${config.join('\n')}\n`);
  for (const [i, { type, port, text }] of services.entries()) {
    const record = text === undefined ? '' : `<txt-record>${escaped(text)}</txt-record>`;
    const service = `<service><type>${type}</type><port>${port}</port>${record}</service>`;
    const group = `<service-group><name replace-wildcards="yes">%h</name>${service}</service-group>`;
    const head = '<?xml version="1.0" standalone="no"?><!DOCTYPE service-group SYSTEM "avahi-service.dtd">';
    await writeFile(join(announced, `${i}.service`), `${head}\n${group}\n`);
  }
  const script = [
    'mount -t tmpfs none /run && mkdir -p /run/avahi-daemon',
    'mount --bind services /etc/avahi/services',
    'exec avahi-daemon --no-drop-root --no-chroot --no-rlimits -f "$PWD/avahi.conf"',
  ].join(' && ');
  return { command: ['unshare', '--mount', 'sh', '-c', `cd ${folder} && ${script}`] };
}

async function registry(folder: string): Promise<Program> {
  const config = join(folder, 'registry.yml');
  const storage = join(folder, 'registry');
  await writeFile(
    config,
    `version: 0.1\nstorage: { filesystem: { rootdirectory: ${storage} } }\nhttp: { addr: ":5000" }\nlog: { level: error }\n`,
  );
  return { command: ['sh', '-c', 'exec docker-registry serve "$1" >/dev/null 2>&1', 'sh', config] };
}

const exporter: Program = {
  command: ['prometheus-node-exporter', '--web.listen-address=:9100', '--log.level=error'],
};

/** The real programs of a host. `folder` is its own; `keys` those of the host whose SSH keys it has. */
export async function programsOf(
  spec: HostSpec,
  { folder, keys, login }: { readonly folder: string; readonly keys: string; readonly login: string },
): Promise<readonly Program[]> {
  await mkdir(folder, { recursive: true });
  return await Promise.all([
    ...(spec.ssh === undefined ? [] : [sshd(folder, keys, login, spec.ssh.lateMs)]),
    ...(spec.mdns === undefined ? [] : [avahi(folder, spec.mdns)]),
    ...(spec.registry === true ? [registry(folder)] : []),
    ...(spec.exporter === true ? [Promise.resolve(exporter)] : []),
  ]);
}

/** Runs a command to its end and gives what it printed. */
export const printed = async (file: string, args: readonly string[]): Promise<string> =>
  (await run(file, args, { maxBuffer: 2 ** 26 })).stdout;
