import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Examination } from '../../../preload/contract/doctor.ts';
import { chapters } from '../../../main/core/doctor/collect/chapters.ts';
import { commandLine } from '../coldstart.ts';
import type { CommandLine } from '../coldstart.ts';
import { folder } from '../folder.ts';
import type { RealNode } from './node.ts';

/** A laptop whose only way to this machine, `cp1`, is the cable to its console. */
export async function laptopAtTheConsole(
  t: TestContext,
  node: RealNode & { readonly console: string },
  user: 'root' | 'tech' = 'root',
): Promise<CommandLine> {
  const base = folder(t);
  const home = join(base, 'home');
  mkdirSync(home);
  const secret = (name: string, words: string): string => {
    const path = join(base, name);
    writeFileSync(path, `${words}\n`, { mode: 0o600 });
    return path;
  };
  const cli = commandLine(home, [
    '--passphrase-file',
    secret('passphrase', 'seven dogs pulled one sled'),
    '--password-file',
    secret('password', user === 'root' ? node.rootPassword : node.password),
    '--root-password-file',
    secret('root-password', node.rootPassword),
  ]);
  await cli.done('site', 'create', 'Dome C');
  // Nothing answers at this address: whatever went another way than over the cable would fail.
  // Root needs no sudo, which an emulated machine takes seconds for at every command.
  await cli.done('node', 'add', 'cp1', '--address', '127.0.0.1', '--port', '1', '--user', user);
  await cli.done('node', 'cable', 'cp1', `unix:${node.console}`, '--baud', '115200');
  return cli;
}

/** What is read first, until clock, disk and boot are judged; an emulated machine takes long for the rest of it. */
const judged = chapters.slice(0, 3).flatMap(({ items }) => items.map(({ id }) => id));
const later = chapters.slice(3).flatMap(({ items }) => items.map(({ title }) => `"Reading: ${title}"`));
const after = new RegExp(later.map(one => one.replaceAll(/[^\w" ]/g, '\\$&')).join('|'));

/** Has the doctor look, and stops it once clock, disk and boot are read: what came until then is kept. */
export async function firstChapters(cli: CommandLine): Promise<Examination> {
  const looking = cli.start('doctor', 'cp1');
  await looking.until(after);
  looking.child.kill('SIGINT');
  await looking.ended;
  const found = (await cli.run('doctor', 'cp1', '--last')).json as Examination;
  const read = found.evidence.filter(({ standing }) => standing === 'whole' || standing === 'cut');
  const missing = judged.filter(id => !read.some(one => one.id === id));
  assert.deepEqual(missing, [], 'not everything was read');
  return found;
}
