import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { ReceivedBag } from '../../../preload/contract/supply/hq.ts';
import { s3Keys, s3Target } from '../../core/hq/s3-target.ts';
import type { S3Target } from '../../core/hq/s3-target.ts';
import { s3Path, signedPut } from '../../core/hq/sigv4.ts';
import type { S3Keys } from '../../core/hq/sigv4.ts';
import { receiptName } from '../../core/supply/receipt.ts';
import type { Clock, Files, Uploads } from '../../ports.ts';
import { isCopied, recordCopy } from '../../store/hq/bags.ts';
import type { KeptBag } from '../../store/hq/bags.ts';
import type { HqIndex } from '../../store/hq/index.ts';
import type { CopiedBag } from './copy.ts';

/** An S3-compatible store that keeps a second copy of every sealed bag, with its receipt. */
export interface StoreCopy {
  readonly target: S3Target;
  readonly keys: S3Keys;
  readonly uploads: Uploads;
}

const wrong = (says: string, about: string, next: string): FieldError =>
  new FieldError({ code: 'bad-ask', says, about, untouched: 'Nothing was received.', next });

/** What was asked for, checked before the first bag is read. Throws `bad-ask`; the keys are never repeated. */
export async function storeCopy(
  { files, uploads }: { readonly files: Files; readonly uploads?: Uploads | undefined },
  asked: { readonly to: string; readonly endpoint: string; readonly credentials: string },
): Promise<StoreCopy> {
  if (!uploads) throw new Error('this app was composed without a way to upload');
  const target = s3Target(asked.to, asked.endpoint);
  if (typeof target === 'string')
    throw wrong(target, `${asked.to} at ${asked.endpoint}`, 'Write it so, then receive again.');
  const keys = s3Keys(Buffer.from(await files.read(asked.credentials, 64 * 1024)).toString('utf8'));
  if (!keys)
    throw wrong(
      'This file holds no keys of a store.',
      asked.credentials,
      'It has lines aws_access_key_id = … and aws_secret_access_key = …, and region = … where the store has regions.',
    );
  return { target, keys, uploads };
}

/** A store takes no larger file in one piece. */
const mostBytes = 5 * 1024 ** 3;
const tries = 3;
const waitMs = 1000;

type Body = { readonly path: string; readonly bytes: number } | { readonly content: Uint8Array };

interface Sending {
  readonly copy: StoreCopy;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Puts one object, and tries again where the store is busy or did not answer. */
async function put(
  { copy, clock, signal }: Sending,
  name: string,
  sha256: string,
  body: Body,
): Promise<void> {
  const { target, keys, uploads } = copy;
  const path = `${target.path}${s3Path(name)}`;
  for (let left = tries - 1; ; left -= 1) {
    const headers = signedPut({ host: target.host, path, sha256, at: clock.now() }, keys);
    const { status, text } = await uploads
      .send('PUT', `${target.origin}${path}`, headers, body, signal)
      .catch((thrown: unknown) => {
        const isPassing = thrown instanceof FieldError && thrown.failure.code !== 'cancelled';
        if (left === 0 || !isPassing) throw thrown;
        return { status: 503, text: '' };
      });
    if (status >= 200 && status < 300) return;
    if (left === 0 || status < 500) throw notTaken(target, status, text);
    await clock.sleep(waitMs, signal);
  }
}

/** What a store says is XML with a code in it. */
function notTaken({ name }: S3Target, status: number, text: string): FieldError {
  const code = /<Code>([A-Za-z0-9]{1,60})<\/Code>/.exec(text)?.[1];
  return new FieldError({
    code: 'could-not',
    says: `The store refused the copy: it answered ${status}${code === undefined ? '' : ` (${code})`}.`,
    about: name,
    untouched: 'The bag is in the archive with its receipt; only the copy is missing.',
    next: 'Check bucket, keys and region of the store, then receive the bag again: only the copy is made.',
  });
}

/** Whether this bag still has to be copied to the store that is named now. */
export const wantsCopy = (index: HqIndex, copy: StoreCopy | undefined, id: string): boolean =>
  copy !== undefined && !index.read(db => isCopied(db, id, copy.target.name));

/**
 * Sends a sealed bag and its receipt to the store; never anything that was opened. What makes the folder a bag goes last
 * but for the receipt. A store that fails is told and takes nothing back of what was received.
 */
export async function sendCopy(
  deps: { readonly copy?: StoreCopy | undefined; readonly clock: Clock; readonly signal: AbortSignal },
  index: HqIndex,
  copied: CopiedBag,
  kept: KeptBag,
): Promise<Pick<ReceivedBag, 'copy'>> {
  const { copy } = deps;
  if (!copy) return {};
  const sending: Sending = { ...deps, copy };
  const to = kept.folder.replace(/^sites\//, '');
  try {
    const last = (path: string): number => Number(path === 'bagit.txt');
    for (const file of copied.content.toSorted((a, b) => last(a.path) - last(b.path))) {
      if (file.bytes > mostBytes) throw notTaken(copy.target, 413, '<Code>EntityTooLarge</Code>');
      const body = { path: join(copied.folder, file.path), bytes: file.bytes };
      await put(sending, `${to}/${file.path}`, file.sha256, body);
    }
    const receipt = `receipts/${receiptName(kept.export)}`;
    for (const [name, text] of [
      [`${receipt}.minisig`, kept.signature],
      [receipt, kept.receipt],
    ] as const) {
      const content = Buffer.from(text);
      await put(sending, name, createHash('sha256').update(content).digest('hex'), { content });
    }
    index.write(db => recordCopy(db, kept.export, copy.target.name, deps.clock.now().toISOString()));
    return { copy: { to: copy.target.name, is: 'done', says: 'Copied, sealed, with its receipt.' } };
  } catch (thrown) {
    if (!(thrown instanceof FieldError) || thrown.failure.code === 'cancelled') throw thrown;
    const { says, next } = thrown.failure;
    return { copy: { to: copy.target.name, is: 'failed', says: [says, next].filter(Boolean).join(' ') } };
  }
}
