import { app, session } from 'electron';
import type { WebContents } from 'electron';
import { isOurs } from './page-address.ts';

/** Keeps one web contents on our page: no other address, no second window, no web view. */
export function keepAtHome(contents: WebContents): void {
  const stay = (event: { readonly url: string; preventDefault(): void }): void => {
    if (!isOurs(event.url)) event.preventDefault();
  };
  contents.on('will-navigate', stay);
  contents.on('will-redirect', stay);
  contents.on('will-frame-navigate', stay);
  contents.on('will-attach-webview', event => event.preventDefault());
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
}

/** The one thing a page may do beyond showing itself: put text on the clipboard. */
const mayUse = (permission: string, url: string): boolean =>
  permission === 'clipboard-sanitized-write' && isOurs(url);

/** Denies all permissions but writing to the clipboard, and everything that is not our scheme. Once, when the app is ready. */
export function lockDown({ developing }: { readonly developing: boolean }): void {
  app.on('web-contents-created', (_event, contents) => keepAtHome(contents));
  const all = session.defaultSession;
  all.setPermissionRequestHandler((_contents, permission, answer, details) =>
    answer(mayUse(permission, details.requestingUrl)),
  );
  all.setPermissionCheckHandler((_contents, permission, origin) => mayUse(permission, origin));
  all.setDevicePermissionHandler(() => false);
  // The page never needs the network; a request for it is a mistake or worse.
  all.webRequest.onBeforeRequest(({ url }, answer) => answer({ cancel: !isAllowed(url, developing) }));
}

function isAllowed(url: string, developing: boolean): boolean {
  if (isOurs(url) || url.startsWith('data:')) return true;
  return developing && url.startsWith('devtools:');
}
