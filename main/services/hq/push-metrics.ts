import { join } from 'node:path';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { ReceivedBag } from '../../../preload/contract/supply/hq.ts';
import { metricsIn } from '../../core/hq/openmetrics.ts';
import { batches, snappyBlock, writeHeaders, writeRequest } from '../../core/hq/remote-write.ts';
import type { Clock, Files, Uploads } from '../../ports.ts';
import { isCopied, recordCopy } from '../../store/hq/bags.ts';
import type { KeptBag } from '../../store/hq/bags.ts';
import { everythingIn } from '../supply/check-bag.ts';
import type { Archive } from './archive.ts';

export interface Pushing {
  readonly files: Files;
  readonly clock: Clock;
  readonly uploads?: Uploads | undefined;
  readonly signal: AbortSignal;
  /** A remote-write address; absent: metrics stay in the archive alone. */
  readonly push?: string | undefined;
}

/** Throws `bad-ask` when it is no address over HTTP. */
export function requireAddress(push: string | undefined): void {
  if (push === undefined || (URL.canParse(push) && /^https?:$/.test(new URL(push).protocol))) return;
  throw new FieldError({
    code: 'bad-ask',
    says: 'The address to push metrics to is written http://host:9090/api/v1/write.',
    about: push,
    untouched: 'Nothing was received.',
    next: 'Write it so, then receive again.',
  });
}

/** A day of a large site is gigabytes of text; so much of it is in memory at once. */
const pieceBytes = 8 * 1024 * 1024;
const mostSamples = 5000;
const tries = 3;
const waitMs = 1000;

/**
 * Sends the metrics of a bag that is in the archive, with the site's name on every series, to Prometheus. They stay as
 * files too. What fails takes nothing back of what was received.
 */
export async function pushMetrics(
  deps: Pushing,
  { at, index }: Archive,
  kept: KeptBag,
): Promise<Pick<ReceivedBag, 'metrics'>> {
  const { push, files, clock } = deps;
  if (push === undefined || index.read(db => isCopied(db, kept.export, push))) return {};
  const folder = join(at.folder, kept.folder, 'metrics');
  if ((await files.stat(folder))?.kind !== 'folder') return {};
  let [samples, left] = [0, 0];
  try {
    for (const { path } of await everythingIn(files, folder)) {
      for await (const text of linesOf(files, join(folder, path))) {
        const found = metricsIn(text, { coldstart_site: kept.siteName, coldstart_site_id: kept.site });
        left += found.left;
        for (const batch of batches(found.series, mostSamples)) {
          await post(deps, push, snappyBlock(writeRequest(batch)));
          samples += batch.reduce((sum, each) => sum + each.samples.length, 0);
        }
      }
    }
    index.write(db => recordCopy(db, kept.export, push, clock.now().toISOString()));
    const rest = left === 0 ? '' : ` ${left} lines could not be sent: they are no samples with a time.`;
    return { metrics: { to: push, is: 'done', samples, says: `${samples} samples were sent.${rest}` } };
  } catch (thrown) {
    if (!(thrown instanceof FieldError) || thrown.failure.code === 'cancelled') throw thrown;
    const { says, next } = thrown.failure;
    return {
      metrics: { to: push, is: 'failed', samples, says: [says, next].filter(Boolean).join(' ') },
    };
  }
}

/** A file in pieces of whole lines. */
async function* linesOf(files: Files, path: string): AsyncGenerator<string> {
  const file = await files.open(path, 'read');
  try {
    let rest = Buffer.alloc(0);
    for (let at = 0; at < file.bytes;) {
      const piece = await file.read(at, pieceBytes);
      if (piece.length === 0) break;
      at += piece.length;
      const all = Buffer.concat([rest, piece]);
      const end = all.lastIndexOf(10) + 1;
      if (end > 0) yield all.toString('utf8', 0, end);
      rest = all.subarray(end);
    }
    if (rest.length > 0) yield rest.toString('utf8');
  } finally {
    await file.close();
  }
}

async function post({ uploads, clock, signal }: Pushing, to: string, content: Uint8Array): Promise<void> {
  if (!uploads) throw new Error('this app was composed without a way to upload');
  for (let left = tries - 1; ; left -= 1) {
    const { status, text } = await uploads
      .send('POST', to, writeHeaders, { content }, signal)
      .catch((thrown: unknown) => {
        if (left === 0 || !(thrown instanceof FieldError) || thrown.failure.code === 'cancelled')
          throw thrown;
        return { status: 503, text: '' };
      });
    if (status >= 200 && status < 300) return;
    // Prometheus answers 400 to samples that are older than what it has, and would do so again.
    if (left === 0 || status < 500)
      throw new FieldError({
        code: 'could-not',
        says: `Prometheus did not take the metrics: it answered ${status}. ${text.slice(0, 200).trim()}`.trim(),
        about: to,
        untouched: 'They are in the archive as files.',
        next: /out of (?:order|bounds)|too old/.test(text)
          ? 'Metrics come late by nature: set out_of_order_time_window in Prometheus, or read the files in with `promtool tsdb create-blocks-from openmetrics`.'
          : 'Check the address, and that Prometheus runs with --web.enable-remote-write-receiver. Then receive the bag again.',
      });
    await clock.sleep(waitMs, signal);
  }
}
