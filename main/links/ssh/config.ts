import { readFile, glob } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { parse } from 'ssh-config';
import type { Line, Section } from 'ssh-config';
import { matchesPatterns } from '../../core/ssh-patterns.ts';

/** What `~/.ssh/config` says about one host; keys are lower case, values in the order found. */
export type HostSettings = ReadonlyMap<string, readonly string[]>;

/** As deep as OpenSSH follows `Include` (readconf.c, READCONF_MAX_DEPTH). */
const deepestInclude = 16;
/** Settings that add up; of all others the first one found counts. */
const adding = new Set(['identityfile']);

interface Asking {
  readonly host: string;
  readonly folder: string;
  readonly localUser: string;
  readonly found: Map<string, string[]>;
}

/** The home folder a `.ssh` folder belongs to; `~` in the files means this one. */
export const homeOf = (folder: string): string => (basename(folder) === '.ssh' ? dirname(folder) : homedir());

export const withHome = (path: string, folder: string): string =>
  path === '~' || path.startsWith('~/') ? join(homeOf(folder), path.slice(1)) : path;

const valuesOf = (value: string | readonly { readonly val: string }[]): string[] =>
  typeof value === 'string' ? [value] : value.map(({ val }) => val);

/**
 * Reads what applies to a host from `config` in this folder, with `Include` followed. `Match exec` and other criteria
 * that would run a program never match. A missing file is an empty one.
 */
export async function settingsFor(host: string, folder: string, localUser: string): Promise<HostSettings> {
  const asking: Asking = { host, folder, localUser, found: new Map() };
  await readConfig(join(folder, 'config'), asking, 0);
  return asking.found;
}

async function readConfig(path: string, asking: Asking, depth: number): Promise<void> {
  const text = await readFile(path, 'utf8').catch(() => '');
  await apply(parse(text), asking, depth);
}

async function apply(lines: readonly Line[], asking: Asking, depth: number): Promise<void> {
  for (const line of lines) {
    if (!('param' in line)) continue;
    const name = line.param.toLowerCase();
    if ('config' in line) {
      if (applies(line, asking)) await apply(line.config, asking, depth);
    } else if (name === 'include') {
      for (const pattern of valuesOf(line.value)) await include(pattern, asking, depth + 1);
    } else {
      remember(name, valuesOf(line.value), asking.found);
    }
  }
}

function remember(name: string, values: readonly string[], found: Map<string, string[]>): void {
  const before = found.get(name);
  if (before === undefined) found.set(name, [...values]);
  else if (adding.has(name)) before.push(...values);
}

async function include(pattern: string, asking: Asking, depth: number): Promise<void> {
  if (depth > deepestInclude) return;
  const full = resolve(asking.folder, withHome(pattern, asking.folder));
  for (const path of (await Array.fromAsync(glob(full))).sort()) await readConfig(path, asking, depth);
}

function applies(section: Section, asking: Asking): boolean {
  if ('criteria' in section) return matches(section.criteria as Criteria, asking);
  return matchesPatterns(
    valuesOf(section.value).flatMap(v => v.split(/[ \t]+/)),
    asking.host,
  );
}

type Criteria = Record<string, string | readonly { readonly val: string }[]>;

/** `Match`: only criteria that can be judged from the names at hand. */
function matches(criteria: Criteria, { host, localUser, found }: Asking): boolean {
  return Object.entries(criteria).every(([key, value]) => {
    const patterns = valuesOf(value).flatMap(v => v.split(','));
    switch (key.toLowerCase()) {
      case 'all':
        return true;
      case 'host':
        return matchesPatterns(patterns, found.get('hostname')?.[0] ?? host);
      case 'originalhost':
        return matchesPatterns(patterns, host);
      case 'user':
        return matchesPatterns(patterns, found.get('user')?.[0] ?? localUser);
      case 'localuser':
        return matchesPatterns(patterns, localUser);
      default:
        return false;
    }
  });
}
