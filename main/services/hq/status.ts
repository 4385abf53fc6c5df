import { join } from 'node:path';
import type { SiteId } from '../../../preload/contract/ids.ts';
import type { HqSite } from '../../../preload/contract/supply/hq.ts';
import type { CallHandlers } from '../../bridge/handlers.ts';
import { forks, missingBags } from '../../core/hq/missing.ts';
import { bags, newestRestorable } from '../../store/hq/bags.ts';
import type { KeptBag } from '../../store/hq/bags.ts';
import { laptops } from '../../store/hq/laptops.ts';
import type { Reading } from '../../store/store.ts';
import { readArchive } from './archive.ts';
import type { HqDeps } from './deps.ts';
import { requireWhole } from './receive.ts';

/** Sites by name. Of bags the last one recorded counts as the last: the clocks of sites lie. */
function sitesOf(db: Reading, all: readonly KeptBag[]): readonly HqSite[] {
  const missing = missingBags(all);
  return [...Map.groupBy(all, each => each.site)]
    .flatMap(([site, its]) => {
      const last = its.findLast(each => !each.late) ?? its.at(-1);
      if (!last) return [];
      const newest = newestRestorable(db, site);
      return [
        {
          site: site as SiteId,
          name: last.siteName,
          exports: its.length,
          lastAt: last.at,
          ...(last.clockDoubtful ? { doubtful: true as const } : {}),
          lastReceivedAt: its.at(-1)?.receivedAt ?? last.receivedAt,
          ...(newest ? { newestRestorable: newest } : {}),
          missing: missing
            .filter(each => each.site === site)
            .map(({ laptopKey, counter }) => ({ laptopKey, counter })),
        },
      ];
    })
    .toSorted((a, b) => a.name.localeCompare(b.name));
}

/** What headquarters has of each site, and what it waits for. */
export const status =
  (deps: HqDeps): CallHandlers['hq.status'] =>
  async ({ at }) => {
    requireWhole(at);
    const { files } = deps;
    const folder = await files.real(at);
    const archive = await readArchive(deps, folder);
    try {
      const { quarantine } = archive.at;
      const aside = (await files.stat(quarantine)) ? await files.list(quarantine) : [];
      return archive.index.read(db => {
        const all = bags(db);
        return {
          at: folder,
          sites: sitesOf(db, all),
          laptops: laptops(db),
          quarantined: aside.map(({ name }) => join(quarantine, name)),
          warnings: [...archive.index.warnings, ...forks(all)],
        };
      });
    } finally {
      archive.close();
    }
  };
