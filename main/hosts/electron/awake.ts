import { powerSaveBlocker } from 'electron';
import type { Awake } from '../../ports.ts';

/** Keeps the laptop awake by way of Electron; the screen may go dark. Ends with the app. */
export const electronAwake: Awake = {
  hold: () => {
    const id = powerSaveBlocker.start('prevent-app-suspension');
    return { close: () => void powerSaveBlocker.stop(id) };
  },
};
