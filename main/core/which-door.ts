/** What the decision between a window and a browser depends on; gathered by whoever asks. */
export interface Surroundings {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absent on Windows. */
  readonly uid?: number | undefined;
  /** Whether an Electron program is on this machine. */
  readonly hasElectron: boolean;
  /** Whether the technician asked for the browser. */
  readonly browserAsked?: boolean;
}

export interface WhichDoor {
  readonly door: 'window' | 'browser';
  /** Why, as a sentence for the terminal. */
  readonly says: string;
}

/** Whether there is a screen to show something on. */
export function hasDisplay({ platform, env }: Pick<Surroundings, 'platform' | 'env'>): boolean {
  if (platform === 'win32' || platform === 'darwin') return true;
  return Boolean(env['WAYLAND_DISPLAY'] || env['DISPLAY']);
}

/** The door `npm start` opens: a window only where an Electron program, a display and an ordinary user are all there. */
export function whichDoor(around: Surroundings): WhichDoor {
  const browser = (says: string): WhichDoor => ({ door: 'browser', says });
  if (around.browserAsked) return browser('Coldstart opens in a browser, as you asked.');
  if (!around.hasElectron)
    return browser(
      'Coldstart opens in a browser: there is no Electron here. (`npm run electron:get` fetches it when you are online.)',
    );
  if (!hasDisplay(around)) return browser('Coldstart opens in a browser: there is no display for a window.');
  if (around.uid === 0)
    return browser(
      'Coldstart opens in a browser: a window does not open for root. Start it as an ordinary user for one.',
    );
  return { door: 'window', says: 'Coldstart opens in a window.' };
}
