/** The app's own scheme; a page from anywhere else never sees the gate. */
export const scheme = 'coldstart';
const host = 'app';
export const pageUrl = `${scheme}://${host}/`;

/** Whether this URL is our page: our scheme and our host, whatever the path. */
export function isOurs(url: string): boolean {
  try {
    const parsed = new URL(url);
    // No `origin` here: it is only defined for the schemes browsers know.
    return (
      parsed.protocol === `${scheme}:` && parsed.host === host && parsed.username === '' && parsed.port === ''
    );
  } catch {
    return false;
  }
}
