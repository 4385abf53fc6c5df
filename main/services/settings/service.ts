import type { Settings } from '../../../preload/contract/domain.ts';
import { flag, oneOf, text, whole } from '../../../preload/contract/parse.ts';
import type { Parse } from '../../../preload/contract/parse.ts';
import type { CallHandlers } from '../../bridge/handlers.ts';
import { plainName } from '../../core/plain-name.ts';
import { keepSetting, settingsKept } from '../../store/settings.ts';
import type { Store } from '../../store/store.ts';

export const defaultSettings: Settings = {
  theme: 'system',
  terminalFontSize: 14,
  technician: '',
  supplyRunDays: 7,
  keepAwakeWhileRunning: true,
};

const parsers: { readonly [K in keyof Settings]: Parse<Settings[K]> } = {
  theme: oneOf('system', 'light', 'dark'),
  terminalFontSize: whole(8, 32),
  technician: raw => {
    const name = text(raw, 'technician').trim();
    return name === '' ? '' : plainName(name, 'technician');
  },
  supplyRunDays: whole(1, 366),
  keepAwakeWhileRunning: flag,
};
const names = Object.keys(parsers) as (keyof Settings)[];

/** Settings of this home. A kept value that no longer makes sense counts as not set, so a start never fails over one. */
export function settingsService({ store }: { readonly store: Store }): {
  readonly calls: Pick<CallHandlers, 'settings.get' | 'settings.set'>;
  readonly current: () => Settings;
} {
  const current = (): Settings => {
    const kept = store.read(settingsKept);
    const sound = names.filter(name => Object.hasOwn(kept, name) && isSound(name, kept[name]));
    return { ...defaultSettings, ...Object.fromEntries(sound.map(name => [name, kept[name]])) };
  };
  return {
    current,
    calls: {
      'settings.get': current,
      'settings.set': wanted => {
        const parsed = names
          .filter(name => wanted[name] !== undefined)
          .map(name => [name, parsers[name](wanted[name], name)] as const);
        store.write(db => {
          for (const [name, value] of parsed) keepSetting(db, name, value);
        });
        return current();
      },
    },
  };
}

function isSound(name: keyof Settings, value: unknown): boolean {
  try {
    parsers[name](value);
    return true;
  } catch {
    return false;
  }
}
