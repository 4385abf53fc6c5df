import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, namedLike } from './cache.ts';
import type { Part } from './cache.ts';
import { kernelPackage, modules, packages, suite, versionsNow } from './recipe.ts';
import { saveBooted } from './qemu/save.ts';

const scripts = join(import.meta.dirname, 'build');

/** How people and tests log in to the nodes of one build; random for each build. */
export interface Logins {
  readonly user: string;
  readonly password: string;
  readonly rootPassword: string;
}

/** The logins of a finished root file system. */
export const loginsOf = (root: string): Logins =>
  JSON.parse(readFileSync(join(root, 'logins.json'), 'utf8')) as Logins;

/** Runs a build script to its end; what it says goes to standard error. */
function script(name: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((done, failed) => {
    const child = spawn(join(scripts, name), args, {
      env: { ...process.env, LC_ALL: 'C', ...env },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child.once('error', failed);
    child.once('exit', code =>
      code === 0 ? done() : failed(new Error(`${name} failed (exit ${code}); nothing half-built was kept`)),
    );
  });
}

const password = (): string => randomBytes(9).toString('base64url');

async function buildRoot(at: string): Promise<void> {
  const logins: Logins = { user: 'tech', password: password(), rootPassword: password() };
  const key = join(at, 'key');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', key]);
  await script('root.sh', [at], {
    SUITE: suite,
    PACKAGES: packages.join(),
    ROOT_PASSWORD: logins.rootPassword,
    TECH_PASSWORD: logins.password,
    KEY: readFileSync(`${key}.pub`, 'utf8').trim(),
  });
  writeFileSync(join(at, 'logins.json'), JSON.stringify(logins), { mode: 0o600 });
}

async function buildVm(at: string, root: string): Promise<void> {
  await script('vm.sh', [at, join(root, 'root')], { KERNEL: kernelPackage(), MODULES: modules });
  await saveBooted(at, loginsOf(root));
}

/** Makes one part under a name of its own, and gives it its final name only when it is whole. */
async function make(part: Part, versions: string, build: (at: string) => Promise<void>): Promise<string> {
  const whole = join(cacheFolder(), namedLike(part) + versions);
  if (existsSync(whole)) return whole;
  const began = Date.now();
  const half = join(cacheFolder(), `.half-${part}`);
  rmSync(half, { recursive: true, force: true });
  mkdirSync(half, { recursive: true, mode: 0o755 });
  await build(half);
  renameSync(half, whole);
  process.stderr.write(`nodes: ${part} built in ${((Date.now() - began) / 1000).toFixed(0)} s: ${whole}\n`);
  return whole;
}

/** Old builds go, but for the newest three of a part: another checkout may still use them. */
function prune(part: Part): void {
  const builds = readdirSync(cacheFolder())
    .filter(name => name.startsWith(`${part}-`))
    .map(name => join(cacheFolder(), name))
    .toSorted((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  for (const old of builds.slice(3)) rmSync(old, { recursive: true, force: true });
}

/** Builds what is not built yet. Whoever calls holds the lock of the cache (see `build`). */
export async function buildHere(parts: readonly Part[]): Promise<void> {
  const versions = versionsNow();
  const root = await make('root', versions, buildRoot);
  if (parts.includes('vm')) await make('vm', versions, at => buildVm(at, root));
  for (const part of parts) prune(part);
}

/** Builds what is not built yet; two builds at once wait for each other, and the lock goes with whoever held it. */
export async function build(parts: readonly Part[]): Promise<void> {
  mkdirSync(cacheFolder(), { recursive: true });
  const child = spawn(
    'flock',
    [
      join(cacheFolder(), 'lock'),
      process.execPath,
      join(import.meta.dirname, 'main.ts'),
      'build-here',
      ...parts,
    ],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const code = await new Promise((done, failed) => child.once('exit', done).once('error', failed));
  if (code !== 0) throw new Error(`The nodes could not be built (exit ${String(code)}).`);
}
