import type { About, Settings } from '../../../preload/contract/domain.ts';

const themes: Record<Settings['theme'], string> = {
  system: 'As the system',
  light: 'Light, for daylight',
  dark: 'Dark, for the night',
};
const doors: Record<About['door'], string> = {
  window: 'its own window',
  browser: 'a browser on this laptop',
  terminal: 'a terminal',
};

/** Words of "Settings" and of the vault dialogs. */
export const settings = {
  title: 'Settings',
  says: 'They are kept on this laptop and hold in every window.',
  look: 'Look',
  theme: 'Colours',
  themes,
  fontSize: 'Text size in terminals',
  you: 'You and the site',
  technician: 'Your name',
  technicianHint: 'Written into the audit record of what you do.',
  days: 'Days between two supply runs',
  daysHint: 'Used to say whether the node keeps enough snapshots.',
  daysWrong: 'A whole number from 1 to 366.',
  keepAwake: 'Keep the laptop awake while a run is going',
  saved: 'Saved',
  save: 'Save',
  vault: 'Vault',
  vaultSays: 'Tokens, passwords and recorded terminals are kept sealed under one passphrase.',
  vaultStates: {
    open: 'Open',
    locked: 'Locked',
    new: 'No passphrase yet',
  },
  create: 'Choose a passphrase',
  unlock: 'Unlock',
  lock: 'Lock now',
  passphrase: 'Passphrase',
  again: 'The same once more',
  differs: 'The two are not the same.',
  short: 'At least 10 characters; four or five plain words are good.',
  createTitle: 'Choose a passphrase for the vault',
  createSays:
    'Coldstart is about to keep something secret on this laptop, such as a server token. It is sealed under a passphrase only you know.',
  createWarn: 'Nobody can recover it. Write it down and keep it apart from the laptop.',
  createGo: 'Create the vault',
  unlockTitle: 'Unlock the vault',
  unlockSays: 'This needs something that is kept sealed on this laptop.',
  unlockGo: 'Unlock',
  show: 'Show what I type',
  about: 'About Coldstart',
  version: 'Version',
  built: 'Built',
  door: 'Opened in',
  doors,
  home: 'Data on this laptop',
  warnings: 'Warnings',
  noWarnings: 'No warnings.',
};
