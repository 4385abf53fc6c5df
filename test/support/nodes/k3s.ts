import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './cache.ts';

const here = join(import.meta.dirname, 'stand-in');

/**
 * Path of a stand-in `k3s` for x86-64 that says it is this version: a static program that runs a real etcd under a real
 * systemd unit and answers as K3s does. Made by gcc when it is not there yet (`needs('gcc')`).
 */
export function standInK3s(version: string): string {
  const source = join(here, 'k3s.c');
  const script = join(here, 'k3s.sh');
  const hash = createHash('sha256')
    .update(version)
    .update(readFileSync(source))
    .update(readFileSync(script))
    .digest('hex')
    .slice(0, 16);
  const path = join(cacheFolder(), `k3s-${hash}`);
  if (existsSync(path)) return path;
  mkdirSync(cacheFolder(), { recursive: true });
  const part = `${path}.${process.pid}`;
  execFileSync('gcc', [
    '-static',
    '-Os',
    '-s',
    '-Wall',
    '-Wextra',
    '-Werror',
    '-o',
    part,
    source,
    `-DK3S_VERSION="${version}"`,
    `-DSCRIPT="${script}"`,
  ]);
  renameSync(part, path);
  return path;
}
