import { existsSync } from 'node:fs';

/** System tools the tests drive, where Debian puts them, and the package that brings each. */
const tools = {
  sshd: { at: ['/usr/sbin/sshd'], from: 'openssh-server' },
  sftp: { at: ['/usr/bin/sftp'], from: 'openssh-client' },
  chromium: { at: ['/usr/bin/chromium'], from: 'chromium' },
  age: { at: ['/usr/bin/age'], from: 'age' },
  minisign: { at: ['/usr/bin/minisign'], from: 'minisign' },
  etcd: { at: ['/usr/bin/etcd', '/usr/sbin/etcd'], from: 'etcd-server etcd-client' },
  fish: { at: ['/usr/bin/fish'], from: 'fish' },
  tcsh: { at: ['/usr/bin/tcsh', '/bin/tcsh'], from: 'tcsh' },
  busybox: { at: ['/bin/busybox', '/usr/bin/busybox'], from: 'busybox' },
  dash: { at: ['/bin/dash', '/usr/bin/dash'], from: 'dash' },
  sudo: { at: ['/usr/bin/sudo'], from: 'sudo' },
  socat: { at: ['/usr/bin/socat'], from: 'socat' },
  ser2net: { at: ['/usr/sbin/ser2net'], from: 'ser2net' },
  git: { at: ['/usr/bin/git'], from: 'git' },
} as const;

export type Tool = keyof typeof tools;

/** Begins the reason of a skip that one Debian package would cure; the runner counts these under COLDSTART_REQUIRE_ALL. */
export const debianSkip = 'needs a Debian package: ';
/** Begins the reason of a skip for what Debian lacks (a real Electron, another system); never a failure. */
export const elsewhereSkip = 'needs what Debian lacks: ';

/** Options for a test that drives system tools: skips it by name, with the command that installs what is missing. */
export function needs(...names: readonly Tool[]): { skip?: string } {
  const missing = names.filter(name => !tools[name].at.some(existsSync));
  if (missing.length === 0) return {};
  return { skip: `${debianSkip}sudo apt-get install ${missing.map(name => tools[name].from).join(' ')}` };
}

/** Options for a test that only root can run (it mounts, or makes system users). */
export function needsRoot(): { skip?: string } {
  return process.getuid?.() === 0 ? {} : { skip: `${elsewhereSkip}root, to mount and to make users` };
}

/** Options for a test of something Debian does not have. */
export function needsElsewhere(there: boolean, what: string): { skip?: string } {
  return there ? {} : { skip: `${elsewhereSkip}${what}` };
}
