import { readFile, realpath } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';

/** What every answer to the page carries, from both hosts. */
export const pageHeaders: Readonly<Record<string, string>> = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; " +
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=(), usb=(), serial=(), clipboard-read=()',
};

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};

export interface PageFile {
  readonly type: string;
  readonly content: Buffer;
  /** Whether the name changes with the content, so a browser may keep it. */
  readonly lasting: boolean;
}

/** A name in the page's folder: no dot first, no separator, nothing that needs decoding. */
const isName = (name: string): boolean => /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/.test(name);

/** The path below the page's folder that a URL's path names; undefined for one that could lead elsewhere. */
export function namesIn(urlPath: string): readonly string[] | undefined {
  if (urlPath === '/') return ['index.html'];
  const names = urlPath.split('/').slice(1);
  return urlPath.startsWith('/') && names.every(isName) ? names : undefined;
}

/** The page's file at a URL's path (without query); undefined when there is none, or when it lies outside the folder. */
export async function pageFile(folder: string, urlPath: string): Promise<PageFile | undefined> {
  const names = namesIn(urlPath);
  const name = names?.at(-1);
  if (!names || name === undefined) return undefined;
  try {
    const root = await realpath(folder);
    const path = await realpath(join(root, ...names));
    if (!path.startsWith(root + sep)) return undefined;
    return {
      type: types[extname(name)] ?? 'application/octet-stream',
      content: await readFile(path),
      lasting: names[0] === 'assets',
    };
  } catch {
    return undefined;
  }
}
