import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Supply } from '../core/battery.ts';
import type { Power } from '../ports.ts';

/** What feeds this laptop, as Linux tells it; elsewhere, and where it cannot be read, nothing is known. */
export function localPower(folder = '/sys/class/power_supply'): Power {
  return {
    supplies: async () => {
      const names = await readdir(folder).catch(() => []);
      return await Promise.all(names.map(name => supplyIn(join(folder, name))));
    },
  };
}

async function supplyIn(folder: string): Promise<Supply> {
  const word = async (name: string): Promise<string | undefined> => {
    try {
      return (await readFile(join(folder, name), 'utf8')).trim() || undefined;
    } catch {
      // Each driver offers only some of them, and a battery may be pulled while it is read.
      return undefined;
    }
  };
  const number = async (name: string): Promise<number | undefined> => {
    const text = await word(name);
    return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
  };
  const [scope, status, online] = [await word('scope'), await word('status'), await word('online')];
  const percent = await number('capacity');
  const full = (await number('energy_full')) ?? (await number('charge_full'));
  return {
    type: (await word('type')) ?? 'Unknown',
    ...(scope !== undefined && { scope }),
    ...(status !== undefined && { status }),
    ...(online !== undefined && { online: online !== '0' }),
    ...(percent !== undefined && { percent }),
    ...(full !== undefined && { full }),
  };
}
