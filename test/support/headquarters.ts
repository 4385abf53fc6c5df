import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { World } from '../../preload/contract/domain.ts';
import { publicKeyLine, publicKeyText, signed } from '../../main/core/minisign.ts';
import type { SecretKey } from '../../main/core/minisign.ts';
import { keyListName, keyListText } from '../../main/core/supply/key-list.ts';
import type { KeyList, ListedKey } from '../../main/core/supply/key-list.ts';
import { receiptComment, receiptName, receiptText } from '../../main/core/supply/receipt.ts';
import type { Receipt } from '../../main/core/supply/receipt.ts';
import { minisignKey } from './minisign-key.ts';

/** A headquarters with its own offline root key and one receipt key, writing files as a stick would bring them. */
export async function headquarters(world: World = 'real') {
  const [root, receipts] = [(await minisignKey()).secret, (await minisignKey()).secret];
  const write = async (path: string, text: string, key: SecretKey, comment: string): Promise<string> => {
    writeFileSync(path, text);
    writeFileSync(`${path}.minisig`, await signed(Buffer.from(text), key, comment));
    return path;
  };
  return {
    root,
    receipts,
    rootFile(folder: string): string {
      const path = join(folder, 'root.pub');
      writeFileSync(path, publicKeyText(root));
      return path;
    },
    keyList(
      folder: string,
      serial: number,
      more: Partial<KeyList> & { readonly recipients?: readonly ListedKey[] } = {},
      by: SecretKey = root,
    ): Promise<string> {
      const list: KeyList = {
        format: 1,
        kind: 'coldstart-keys',
        world,
        serial,
        at: '2026-01-01T00:00:00.000Z',
        bundleKeys: [],
        receiptKeys: [{ key: publicKeyLine(receipts), name: 'receipts' }],
        recipients: [],
        ...more,
      };
      return write(join(folder, keyListName(serial)), keyListText(list), by, 'coldstart keys');
    },
    receipt(folder: string, receipt: Receipt, by: SecretKey = receipts): Promise<string> {
      return write(
        join(folder, receiptName(receipt.export)),
        receiptText(receipt),
        by,
        receiptComment(receipt),
      );
    },
  };
}
