import type { World } from '../../../preload/contract/domain.ts';
import type { ExportId, SiteId } from '../../../preload/contract/ids.ts';
import { bagInfoField } from '../bagit.ts';

/** What a bag of ours says of itself in bag-info.txt. Worth as much as the signature over it. */
export interface BagFacts {
  readonly site: SiteId;
  readonly export: ExportId;
  readonly laptop: string;
  readonly counter: number;
  readonly previous?: string;
  readonly world: World;
  /** When it was begun, by the site's clock: only a day. */
  readonly date: string;
  /** The site's clock was doubtful; the counter is not. */
  readonly clockDoubtful: boolean;
}

const uuid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const identifier = new RegExp(`^(${uuid})/(${uuid})$`);

/** The facts of a bag-info.txt, or a sentence on what is wrong with it. */
export function bagFacts(info: string): BagFacts | string {
  const [, site, id] = identifier.exec(bagInfoField(info, 'External-Identifier') ?? '') ?? [];
  if (site === undefined || id === undefined)
    return 'bag-info.txt names no site and export (External-Identifier).';
  const laptop = bagInfoField(info, 'Coldstart-Laptop') ?? '';
  const counter = bagInfoField(info, 'Coldstart-Counter') ?? '';
  if (!/^[0-9A-F]{16}$/.test(laptop) || !/^[1-9]\d{0,8}$/.test(counter))
    return 'bag-info.txt does not say which laptop made this bag, and its how many-eth it is.';
  const previous = bagInfoField(info, 'Coldstart-Previous');
  if (previous !== undefined && !/^[0-9a-f]{64}$/.test(previous))
    return 'bag-info.txt names the bag before it in a way that cannot be read (Coldstart-Previous).';
  const world = bagInfoField(info, 'Coldstart-World');
  if (world !== 'real' && world !== 'practice')
    return 'bag-info.txt does not say whether this bag is for practice.';
  return {
    site: site as SiteId,
    export: id as ExportId,
    laptop,
    counter: Number(counter),
    world,
    date: `${/^\d{4}-\d\d-\d\d$/.exec(bagInfoField(info, 'Bagging-Date') ?? '')?.[0] ?? '1970-01-01'}T00:00:00.000Z`,
    clockDoubtful: bagInfoField(info, 'Coldstart-Clock') === 'doubtful',
    ...(previous === undefined ? {} : { previous }),
  };
}

/** `000042-<export id>`: the folder of a bag below its site, in the order the laptop wrote them. */
export const archiveName = ({ counter, export: id }: Pick<BagFacts, 'counter' | 'export'>): string =>
  `${String(counter).padStart(6, '0')}-${id}`;
