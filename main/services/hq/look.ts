import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import type { World } from '../../../preload/contract/domain.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { FailureCode } from '../../../preload/contract/failure.ts';
import { bagInfoField } from '../../core/bagit.ts';
import { bagFacts } from '../../core/hq/bag-facts.ts';
import type { BagFacts } from '../../core/hq/bag-facts.ts';
import { fromHqFolder } from '../../core/supply/receipt.ts';
import type { Files } from '../../ports.ts';
import { practiceBag } from '../supply/open-bag.ts';

/** A folder that calls itself a bag of ours. Nothing of it is believed yet. */
export interface LookedAt {
  readonly folder: string;
  readonly name: string;
  readonly facts: BagFacts;
  readonly tagmanifestSha256: string;
  /** Of the payload, as it says. */
  readonly bytes: number;
}

export const tagManifest = 'tagmanifest-sha256.txt';
export const mostTagBytes = 1024 * 1024;

export const refusal = (code: FailureCode, says: string, about: string, next: string): FieldError =>
  new FieldError({ code, says, about, untouched: 'Nothing was taken from it.', next });

export const otherCopy = 'Use the other copy of this export, or ask the site to write it again.';

const isFile = async (files: Files, path: string): Promise<boolean> =>
  (await files.stat(path))?.kind === 'file';

/** Reads what a folder says of itself, before anything is copied. Throws what speaks against taking it in. */
export async function lookAt(files: Files, path: string, world: World): Promise<LookedAt> {
  const folder = await files.real(path);
  const name = basename(folder);
  const noBag = (says: string): FieldError =>
    refusal('bad-ask', says, path, 'Name the folder of a bag, the one that holds bagit.txt.');
  if ((await files.stat(folder))?.kind !== 'folder') throw noBag('This is a file, and a bag is a folder.');
  if (!(await isFile(files, join(folder, 'bagit.txt'))))
    throw noBag(
      name === fromHqFolder
        ? 'This folder holds what goes to the site, not a bag.'
        : (await files.list(folder)).length === 0
          ? 'This folder is empty.'
          : 'This folder is no bag: it has no bagit.txt.',
    );
  if (name.endsWith('.partial')) throw refusal('damaged', 'This bag was never finished.', path, otherCopy);
  const info = (await tagBytes(files, folder, 'bag-info.txt')).toString('utf8');
  requireOurs(info, path);
  const facts = bagFacts(info);
  const says = bagInfoField(info, 'Coldstart-World');
  if (says === 'practice' && world === 'real') throw practiceBag(path);
  if (says === 'real' && world === 'practice') throw realBag(path);
  if (typeof facts === 'string') throw refusal('damaged', facts, path, otherCopy);
  const tags = await tagBytes(files, folder, tagManifest);
  if (tags.length === 0)
    throw refusal(
      'damaged',
      `Its ${tagManifest} is empty: nothing vouches for what is in it.`,
      path,
      otherCopy,
    );
  return {
    folder,
    name,
    facts,
    tagmanifestSha256: createHash('sha256').update(tags).digest('hex'),
    bytes: Number(/^\d{1,15}(?=\.)/.exec(bagInfoField(info, 'Payload-Oxum') ?? '')?.[0] ?? 0),
  };
}

async function tagBytes(files: Files, folder: string, name: string): Promise<Buffer> {
  const path = join(folder, name);
  if (!(await isFile(files, path)))
    throw refusal('damaged', `${name} is missing from this bag.`, folder, otherCopy);
  return Buffer.from(await files.read(path, mostTagBytes));
}

function requireOurs(info: string, about: string): void {
  const format = bagInfoField(info, 'Coldstart-Format');
  if (format === undefined)
    throw refusal(
      'refused',
      'This bag was not made by Coldstart.',
      about,
      'Give it back to whoever made it. Nothing of ours is in it.',
    );
  if (format !== '1')
    throw refusal(
      'refused',
      `This bag has format ${format.slice(0, 20)}, and this Coldstart knows format 1.`,
      about,
      'Receive it with the newer Coldstart that the site uses.',
    );
}

const realBag = (about: string): FieldError =>
  refusal(
    'practice-only',
    'This is a real bag, and this is practice.',
    about,
    'Receive it without --practice.',
  );
