import { homedir } from 'node:os';
import type { Folder, FolderEntry, Stick } from '../../../preload/contract/domain.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { CallHandlers } from '../../bridge/handlers.ts';
import type { Files, LocalStat, Sticks } from '../../ports.ts';

/** Longest list that is given; more is no help for choosing. */
const mostEntries = 5000;

/**
 * What is in the laptop's folders, to choose a bundle or a stick. Without a path: the user's home folder, with mounted
 * media first. Hidden entries stay hidden, folders come first, a link to a folder counts as one. What cannot be
 * listed is told as the files port words it.
 */
export function folderService(deps: {
  readonly files: Pick<Files, 'list' | 'stat'>;
  readonly sticks?: Pick<Sticks, 'list'>;
  readonly homeFolder?: string;
  /** Folders in which media are mounted. */
  readonly mediaFolders?: readonly string[];
}): Pick<CallHandlers, 'folder.list'> {
  const { files, sticks } = deps;
  const homeFolder = deps.homeFolder ?? homedir();
  const mediaFolders = deps.mediaFolders ?? ['/media', '/run/media', '/mnt'];

  const inside = async (path: string): Promise<FolderEntry[]> => {
    const all = await files.list(path);
    const shown = all.filter(({ name }) => !name.startsWith('.')).slice(0, mostEntries);
    const entries = await Promise.all(shown.map(({ name, stat }) => entry(joined(path, name), name, stat)));
    return entries.filter(one => one !== undefined).sort(foldersFirst);
  };

  const entry = async (path: string, name: string, found: LocalStat): Promise<FolderEntry | undefined> => {
    // With /. the system follows a link if it leads to a folder; any other link is nothing to choose.
    const stat = found.kind === 'link' ? await files.stat(`${path}/.`).catch(() => undefined) : found;
    if (stat?.kind !== 'file' && stat?.kind !== 'folder') return undefined;
    return { name, path, folder: stat.kind === 'folder', bytes: stat.kind === 'file' ? stat.bytes : 0 };
  };

  const media = async (): Promise<FolderEntry[]> => {
    const mounted = ((await sticks?.list().catch((): readonly Stick[] => [])) ?? [])
      .filter(({ path }) => path !== '')
      .map(stick => folderEntry(stick.path, stick.label));
    const places = await Promise.all(mediaFolders.map(async path => await inside(path).catch(() => [])));
    const user = lastOf(homeFolder);
    // Desktops mount below a folder named for the user: /media/ada/STICK.
    const below = await Promise.all(
      places
        .flat()
        .filter(one => one.folder)
        .map(async one => (one.name === user ? await inside(one.path).catch(() => []) : [one])),
    );
    const found = below
      .flat()
      .filter(one => one.folder)
      .map(one => folderEntry(one.path, one.name));
    return [...new Map([...found, ...mounted].map(one => [one.path, one])).values()];
  };

  return {
    'folder.list': async ({ path: wanted }): Promise<Folder> => {
      const path = wanted === undefined ? homeFolder : whole(wanted, homeFolder);
      const entries = await inside(path);
      const parent = parentOf(path);
      return {
        path,
        ...(parent === undefined ? {} : { parent }),
        entries: wanted === undefined ? [...(await media()), ...entries] : entries,
      };
    },
  };
}

const folderEntry = (path: string, label: string): FolderEntry => ({
  name: label === '' || label === path ? path : `${label} (${path})`,
  path,
  folder: true,
  bytes: 0,
});

const foldersFirst = (a: FolderEntry, b: FolderEntry): number =>
  Number(b.folder) - Number(a.folder) || a.name.localeCompare(b.name, undefined, { numeric: true });

const isWindows = (path: string): boolean => /^[A-Za-z]:[\\/]|^\\\\/.test(path);
const joined = (path: string, name: string): string => {
  const separator = isWindows(path) ? '\\' : '/';
  return path.endsWith(separator) ? path + name : path + separator + name;
};
const lastOf = (path: string): string => path.split(/[\\/]/).findLast(part => part !== '') ?? '';

function parentOf(path: string): string | undefined {
  if (path === '/' || /^[A-Za-z]:[\\/]?$/.test(path)) return undefined;
  const cut = path.replace(/[\\/]+$/, '').replace(/[\\/][^\\/]*$/, '');
  if (cut === '') return '/';
  return /^[A-Za-z]:$/.test(cut) ? `${cut}\\` : cut;
}

/** A path from the root, without `.` and `..`; `~` is the home folder. Throws `bad-ask`. */
function whole(raw: string, homeFolder: string): string {
  const path = raw === '~' || raw.startsWith('~/') ? homeFolder + raw.slice(1) : raw;
  if (path.includes('\0') || !(path.startsWith('/') || isWindows(path)))
    throw new FieldError({
      code: 'bad-ask',
      says: 'A folder is named by its whole path.',
      about: raw.replaceAll(/\p{Cc}/gu, '?').slice(0, 200),
      untouched: 'Nothing was done.',
      next: 'Begin the path at the root (/…) or at your home folder (~/…).',
    });
  if (isWindows(path)) return path;
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}
