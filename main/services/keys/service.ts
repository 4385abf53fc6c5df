import type { Site } from '../../../preload/contract/domain.ts';
import type { KeysShown, TrustOffer } from '../../../preload/contract/supply/keys.ts';
import type { CallHandlers } from '../../bridge/handlers.ts';
import { publicKey } from '../../core/minisign.ts';
import { pinnedRoot } from '../../store/keys.ts';
import { drillBreakGlass, makeBreakGlass } from './break-glass.ts';
import type { BreakGlassDeps } from './break-glass.ts';
import type { LaptopKey } from './laptop-key.ts';
import { offered, trust } from './trust.ts';
import { listShown } from './trusted.ts';
import type { PracticeKeys } from './trusted.ts';

export interface KeysDeps extends BreakGlassDeps {
  readonly laptop: LaptopKey;
  readonly practice?: PracticeKeys | undefined;
  readonly sites: () => readonly Site[];
}

type Calls = Pick<
  CallHandlers,
  | 'keys.show'
  | 'keys.make'
  | 'keys.look'
  | 'keys.trust'
  | 'keys.rotate'
  | 'breakglass.make'
  | 'breakglass.drill'
>;

/** The keys of this laptop, of headquarters, and of the sites' safes. */
export function keysService(deps: KeysDeps): {
  readonly calls: Calls;
  /** What a root key or a key list would change. */
  look(path: string): Promise<TrustOffer>;
} {
  const { store, laptop, trusted } = deps;
  const practiceRoot = deps.practice && publicKey(deps.practice.signer);
  const trustDeps = { ...deps, practiceRoot };

  const shown = (): KeysShown => {
    const [newest, ...earlier] = laptop.shown();
    const root = store.read(pinnedRoot);
    const rootKey = root && publicKey(root.key);
    const list = trusted.list();
    const sites = deps.sites().map(site => {
      const breakGlass = trusted.breakGlass(site);
      return {
        site: site.id,
        name: site.name,
        recipients: trusted.recipients(site),
        ...(site.breakGlass
          ? { breakGlass: site.breakGlass }
          : breakGlass === undefined
            ? {}
            : { breakGlass: { recipient: breakGlass, madeAt: site.createdAt } }),
      };
    });
    return {
      ...(newest ? { laptop: newest } : {}),
      earlierLaptopKeys: earlier,
      ...(root && rootKey ? { root: { id: rootKey.id, key: root.key, since: root.pinnedAt } } : {}),
      ...(list ? { list: listShown(list) } : {}),
      sites,
      missing: [
        ...(newest ? [] : ['This laptop has no key yet to sign its bags with. Make it before you travel.']),
        ...(rootKey || practiceRoot
          ? []
          : ['The root key of headquarters is not known here, so its receipts cannot be checked.']),
        ...(list || practiceRoot ? [] : ['No key list of headquarters was taken yet.']),
        ...sites
          .filter(each => each.recipients.length === 0)
          .map(each => `${each.name}: nobody at headquarters could open an export.`),
        ...sites
          .filter(each => each.breakGlass === undefined)
          .map(each => `${each.name}: there is no key for its safe.`),
      ],
    };
  };

  const look = async (path: string): Promise<TrustOffer> => (await offered(trustDeps, path)).offer;

  return {
    look,
    calls: {
      'keys.show': shown,
      'keys.make': async () => {
        await laptop.current();
        return shown();
      },
      'keys.rotate': async () => {
        await laptop.rotate();
        return shown();
      },
      'keys.look': ({ path }) => look(path),
      'keys.trust': ({ path, typed }) => trust(trustDeps, path, typed),
      'breakglass.make': ({ site, typed }) => makeBreakGlass(deps, site, typed),
      'breakglass.drill': (ask, context) => drillBreakGlass(deps, ask, context),
    },
  };
}
