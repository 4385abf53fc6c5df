import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createGzip } from 'node:zlib';
import type { MetricsAnswer, MetricsExported, MetricsHeld } from '../../../preload/contract/metrics.ts';
import type { SeriesAsk } from '../../core/metrics/ask.ts';
import type { ExportLabels } from '../../core/metrics/openmetrics.ts';
import { syncFolder } from '../../store/durable.ts';
import { spanOfDay } from '../../core/metrics/days.ts';
import { exportText, siteDays } from '../../store/metrics/export.ts';
import { heldOf } from '../../store/metrics/held.ts';
import { querySeries, searchMetrics } from '../../store/metrics/query.ts';
import type { FoundMetric } from '../../store/metrics/query.ts';
import { serve } from './serve.ts';
import type { Desk } from './serve.ts';

/** The reading side of the metrics; it runs beside the recorder. `site` is the site's folder. */
export type MetricsReadAsk =
  | { readonly is: 'query'; readonly site: string; readonly asks: readonly SeriesAsk[] }
  | { readonly is: 'search'; readonly site: string; readonly words: readonly string[]; readonly most: number }
  | { readonly is: 'held'; readonly site: string }
  | {
      readonly is: 'export';
      readonly site: string;
      readonly from: number;
      readonly to: number;
      /** A file for all of it, or a folder for one file a day. */
      readonly out: { readonly file: string } | { readonly folder: string };
      /** What is written: the text, its compressed twin, or both. */
      readonly write: 'text' | 'packed' | 'both';
      readonly labels: ExportLabels;
    };
export type MetricsReadReply =
  readonly MetricsAnswer[] | readonly FoundMetric[] | MetricsHeld | MetricsExported;

type ExportAsk = Extract<MetricsReadAsk, { readonly is: 'export' }>;

/** A file that is written under another name and takes its own when it is whole and on the disk. */
class Written {
  readonly path: string;
  private readonly file: number;
  bytes = 0;
  constructor(path: string) {
    this.path = path;
    rmSync(`${path}.partial`, { force: true });
    this.file = openSync(`${path}.partial`, 'wx', 0o644);
  }
  write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) at += writeSync(this.file, bytes, at);
    this.bytes += bytes.length;
  }
  done(): void {
    fsyncSync(this.file);
    closeSync(this.file);
    renameSync(`${this.path}.partial`, this.path);
    syncFolder(dirname(this.path));
  }
  drop(): void {
    closeSync(this.file);
    rmSync(`${this.path}.partial`, { force: true });
  }
}

interface Wrote {
  readonly path: string;
  readonly bytes: number;
  readonly samples: number;
  readonly textBytes: number;
}

/** Writes one span of time; the compressed twin is made beside it, on another core. */
async function writeSpan(
  ask: ExportAsk,
  span: { readonly from: number; readonly to: number },
  path: string,
  lost: string[],
  told: (textBytes: number) => void,
): Promise<Wrote> {
  const plain = ask.write === 'packed' ? undefined : new Written(path);
  const packed = ask.write === 'text' ? undefined : new Written(`${path}.gz`);
  const gzip = packed && createGzip({ level: 6 });
  const packing = gzip && drained(gzip, bytes => packed.write(bytes));
  let [samples, textBytes] = [0, 0];
  try {
    const parts = exportText(ask.site, span, ask.labels, (at, why) => lost.push(`${at}: ${why}`));
    for (const part of parts) {
      const bytes = Buffer.from(part.text);
      plain?.write(bytes);
      if (gzip && !gzip.write(bytes)) await new Promise(go => void gzip.once('drain', go));
      samples += part.samples;
      textBytes += bytes.length;
      told(bytes.length);
    }
    gzip?.end();
    await packing;
    plain?.done();
    packed?.done();
  } catch (thrown) {
    gzip?.destroy();
    plain?.drop();
    packed?.drop();
    throw thrown;
  }
  const kept = plain ?? packed;
  return { path: kept?.path ?? path, bytes: kept?.bytes ?? 0, samples, textBytes };
}

function drained(from: NodeJS.ReadableStream, take: (bytes: Uint8Array) => void): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  from
    .on('data', (bytes: Buffer) => take(bytes))
    .once('end', resolve)
    .once('error', reject)
    .once('close', resolve);
  return promise;
}

async function exported(ask: ExportAsk, desk: Desk): Promise<MetricsExported> {
  const lost: string[] = [];
  const wrote: Wrote[] = [];
  let done = 0;
  const told = (bytes: number): void => {
    desk.done((done += bytes));
    desk.goOn();
  };
  const range = { from: ask.from, to: ask.to };
  if ('file' in ask.out) wrote.push(await writeSpan(ask, range, ask.out.file, lost, told));
  else {
    mkdirSync(ask.out.folder, { recursive: true });
    for (const day of siteDays(ask.site)) {
      const whole = spanOfDay(day);
      const span = { from: Math.max(whole.from, ask.from), to: Math.min(whole.to, ask.to) };
      if (span.from > span.to) continue;
      wrote.push(await writeSpan(ask, span, join(ask.out.folder, `${day}.om`), lost, told));
    }
  }
  return {
    files: wrote.map(({ path, bytes, samples }) => ({ path, bytes, samples })),
    samples: wrote.reduce((sum, { samples }) => sum + samples, 0),
    bytes: wrote.reduce((sum, { textBytes }) => sum + textBytes, 0),
    lost,
  };
}

function answer(ask: MetricsReadAsk, desk: Desk): MetricsReadReply | Promise<MetricsReadReply> {
  switch (ask.is) {
    case 'query':
      return querySeries(ask.site, ask.asks);
    case 'search':
      return searchMetrics(ask.site, ask.words, ask.most);
    case 'held':
      return heldOf(ask.site);
    case 'export':
      return exported(ask, desk);
    default:
      ask satisfies never;
      throw new Error('a question nobody knows');
  }
}

serve<MetricsReadAsk, MetricsReadReply>(answer);
