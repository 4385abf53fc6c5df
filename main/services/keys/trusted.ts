import type { Site, World } from '../../../preload/contract/domain.ts';
import type { KeyListShown, KeyShown } from '../../../preload/contract/supply/keys.ts';
import { publicKey } from '../../core/minisign.ts';
import type { PublicKey } from '../../core/minisign.ts';
import { keyListIn, stillGood } from '../../core/supply/key-list.ts';
import type { KeyList, ListedKey } from '../../core/supply/key-list.ts';
import type { Clock } from '../../ports.ts';
import { newestKeyList } from '../../store/keys.ts';
import type { Store } from '../../store/store.ts';

/** The keys of the practice headquarters, which are public on purpose. */
export interface PracticeKeys {
  /** Text of a `.pub` file: signs bundles, receipts and key lists in practice. */
  readonly signer: string;
  /** age recipient of the practice site's safe. */
  readonly breakGlass: string;
}

export interface TrustedKeys {
  list(): KeyList | undefined;
  /** Who an export of this site is sealed to, the break-glass key left out. A list of headquarters goes before the site's own. */
  recipients(site: Site): readonly string[];
  breakGlass(site: Site): string | undefined;
  /** The receipt key with this id; `expired` when the list says that it is good no longer. */
  receiptKey(id: string): PublicKey | 'expired' | undefined;
  bundleKeys(): readonly PublicKey[];
}

export function trustedKeys({
  store,
  clock,
  practice,
}: {
  readonly store: Store;
  readonly clock: Clock;
  /** Absent in the real world. */
  readonly practice?: PracticeKeys | undefined;
}): TrustedKeys {
  const world: World = practice ? 'practice' : 'real';
  const list = (): KeyList | undefined => {
    const kept = store.read(newestKeyList);
    if (!kept) return undefined;
    const found = keyListIn(kept.text, 'the key list of this laptop');
    return found.world === world ? found : undefined;
  };
  const practiceSigner = practice && publicKey(practice.signer);
  return {
    list,
    recipients(site) {
      const listed = list()?.recipients ?? [];
      if (listed.length === 0) return site.recipients;
      return listed.filter(each => stillGood(each, clock.now())).map(each => each.key);
    },
    breakGlass: site => site.breakGlass?.recipient ?? practice?.breakGlass,
    receiptKey(id) {
      if (practiceSigner?.id === id) return practiceSigner;
      const listed = (list()?.receiptKeys ?? []).find(each => publicKey(each.key)?.id === id);
      if (!listed) return undefined;
      return stillGood(listed, clock.now()) ? publicKey(listed.key) : 'expired';
    },
    bundleKeys: () =>
      (list()?.bundleKeys ?? [])
        .filter(each => stillGood(each, clock.now()))
        .flatMap(each => publicKey(each.key) ?? []),
  };
}

const shown = (each: ListedKey): KeyShown => ({
  id: publicKey(each.key)?.id ?? each.key,
  key: each.key,
  ...(each.name === undefined ? {} : { name: each.name }),
  ...(each.until === undefined ? {} : { until: each.until }),
});

export const listShown = (list: KeyList): KeyListShown => ({
  serial: list.serial,
  at: list.at,
  bundleKeys: list.bundleKeys.map(shown),
  receiptKeys: list.receiptKeys.map(shown),
  recipients: list.recipients.map(shown),
});
