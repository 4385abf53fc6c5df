import { FieldError } from '../../../preload/contract/failure.ts';
import type { CallHandlers } from '../../bridge/handlers.ts';
import { publicKey, signed } from '../../core/minisign.ts';
import { changes, keyListIn, keyListName, mostKeyListBytes } from '../../core/supply/key-list.ts';
import type { HqDeps } from './deps.ts';
import { signerFrom } from './keys.ts';
import { requireWhole } from './receive.ts';

const refused = (says: string, about: string, next: string): FieldError =>
  new FieldError({ code: 'refused', says, about, untouched: 'Nothing was signed.', next });

/** Signs a key list after every key in it was checked: a typing error would lock out all sites at once. */
export const signKeys =
  ({ files, world }: HqDeps): CallHandlers['hq.signKeys'] =>
  async ({ list: path, rootKey }) => {
    for (const each of [path, rootKey]) requireWhole(each);
    const bytes = await files.read(path, mostKeyListBytes);
    const list = keyListIn(Buffer.from(bytes).toString('utf8'), path);
    if (list.world !== world)
      throw refused(
        list.world === 'practice' ? 'This key list is for practice.' : 'This key list is not for practice.',
        path,
        list.world === 'practice' ? 'Add --practice.' : 'Leave --practice out.',
      );
    const root = await signerFrom(files, rootKey);
    const others = [...list.bundleKeys, ...list.receiptKeys].filter(
      each => publicKey(each.key)?.id === root.id,
    );
    if (others.length > 0)
      throw refused(
        'The root key itself is in the list. It signs key lists and nothing else, and stays offline.',
        path,
        'Make keys of their own for bundles and receipts: minisign -G -W.',
      );
    const to = `${path}.minisig`;
    const text = await signed(bytes, root, `coldstart key list ${list.world} serial ${list.serial}`);
    await files.write(to, text, 0o644);
    return {
      list: path,
      signature: to,
      serial: list.serial,
      rootKey: root.id,
      keys: changes(undefined, list),
      name: keyListName(list.serial),
    };
  };
