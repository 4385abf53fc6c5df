/** `path` seen from `cwd`, without `.`, and with `..` resolved by text. Always absolute. */
export function absolute(cwd: string, path: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith('/') ? path : `${cwd}/${path}`).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

export const baseName = (path: string): string => path.replace(/\/+$/, '').split('/').at(-1) ?? '';

export const folderName = (path: string): string => {
  const at = path.replace(/\/+$/, '').lastIndexOf('/');
  return at < 0 ? '.' : at === 0 ? '/' : path.slice(0, at);
};
