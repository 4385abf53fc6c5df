import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A system user that exists only during a test. */
export interface TemporaryUser {
  readonly name: string;
  readonly password: string;
  readonly home: string;
}

/**
 * Makes a system user with a password (root only), with `sudoers` as what may be done: `%u` stands for the name.
 * Nothing is left behind: user, home and sudoers file go with the test.
 */
export async function temporaryUser(t: TestContext, sudoers?: string): Promise<TemporaryUser> {
  const name = `cs-test-${randomBytes(4).toString('hex')}`;
  const password = `pw ${randomBytes(6).toString('hex')} ä'"$\\!`;
  const home = join('/home', name);
  const rights = join('/etc/sudoers.d', name);
  t.after(async () => {
    await rm(rights, { force: true });
    await run('pkill', ['-KILL', '-u', name]).catch(() => undefined);
    await run('userdel', ['-r', '-f', name]).catch(() => undefined);
    await rm(home, { recursive: true, force: true });
  });
  await run('useradd', ['-m', '-d', home, '-s', '/bin/bash', name]);
  const child = run('chpasswd');
  child.child.stdin?.end(`${name}:${password}\n`);
  await child;
  if (sudoers !== undefined) await writeFile(rights, `${sudoers.replaceAll('%u', name)}\n`, { mode: 0o440 });
  return { name, password, home };
}
