import { protocol } from 'electron';
import { pageFile, pageHeaders } from '../page-files.ts';
import { isOurs, scheme } from './page-address.ts';

/** Makes `coldstart:` a scheme with origins of its own. Must be called before the app is ready. */
export function registerScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ]);
}

const refused = (status: number, headers: Record<string, string> = {}): Response =>
  new Response(null, { status, headers: { ...pageHeaders, ...headers } });

/** Answers `coldstart://app/…` from one folder: GET only, nothing outside it. */
export async function answerPage(folder: string, request: Request): Promise<Response> {
  if (request.method !== 'GET') return refused(405, { Allow: 'GET' });
  if (!isOurs(request.url)) return refused(404);
  const file = await pageFile(folder, new URL(request.url).pathname);
  if (!file) return refused(404);
  return new Response(new Uint8Array(file.content), {
    headers: { ...pageHeaders, 'Content-Type': file.type, 'Cache-Control': 'no-store' },
  });
}

export function servePage(folder: string): void {
  protocol.handle(scheme, request => answerPage(folder, request));
}
