import { closeSync, fstatSync, statSync } from 'node:fs';
import { FieldError } from '../../../preload/contract/failure.ts';
import { readSnapshot } from '../../core/etcd-snapshot/read.ts';
import { Secret } from '../../core/secret.ts';
import type { MeasuredSnapshot } from '../../core/snapshot-proof/measured.ts';
import { readForProof } from '../../core/snapshot-proof/read.ts';
import { TrailerScale } from '../../core/trailer.ts';
import type { Trailer, Weighed } from '../../core/trailer.ts';
import { serve } from './serve.ts';
import type { Desk } from './serve.ts';
import { changed, openSnapshot } from './snapshot-file.ts';
import type { OpenSnapshot } from './snapshot-file.ts';
import { chunkBytes, chunksOf, openOrdinary } from './source.ts';

export interface ProveJob {
  readonly path: string;
  /** Server tokens, tried in this order. They stay in this worker. */
  readonly tokens: readonly string[];
  readonly given: boolean;
  /** Folder for what does not fit into memory. */
  readonly scratch: string;
}

/** All of the work, in the unit of its progress. */
const all = 1_000_000;
/** Where each part of the work ends, as measured: hashing is quick, reading what the keys hold takes longest. */
const plainEnds = { hash: 0.15, unzip: 0.15, trailer: 0.15, walk: 0.6 };
const zipEnds = { hash: 0.05, unzip: 0.35, trailer: 0.45, walk: 0.75 };

/** Tells how far one part of the work is: `of` is what there is to do in it. */
function stretch(desk: Desk, from: number, to: number): (done: number, of: number) => void {
  return (done, of) => {
    desk.done(Math.round(all * (from + (to - from) * Math.min(1, of === 0 ? 1 : done / of))));
    desk.goOn();
  };
}

const buffer = Buffer.allocUnsafeSlow(chunkBytes);

function weigh(fd: number, path: string, bytes: number, tell: (done: number, of: number) => void): Weighed {
  const scale = new TrailerScale();
  let done = 0;
  for (const chunk of chunksOf(fd, path, buffer)) {
    scale.update(chunk);
    tell((done += chunk.length), bytes);
  }
  return scale.end();
}

function trailerInside({ image }: OpenSnapshot, tell: (done: number, of: number) => void): Trailer {
  const scale = new TrailerScale();
  for (let at = 0; at < image.size; at += buffer.length) {
    const part = buffer.subarray(0, Math.min(buffer.length, image.size - at));
    image.readInto(part, at);
    scale.update(part);
    tell(at + part.length, image.size);
  }
  return scale.end().trailer;
}

/** Hashes the file, walks every page, tries the tokens, and reads what the keys hold; the file is not let go of meanwhile. */
async function prove(job: ProveJob, desk: Desk): Promise<MeasuredSnapshot> {
  const { path } = job;
  const { fd, bytes } = openOrdinary(path);
  try {
    desk.total?.(all);
    const before = fstatSync(fd, { bigint: true });
    const weighed = weigh(fd, path, bytes, stretch(desk, 0, plainEnds.hash));
    const found = await readOf(job, desk, weighed.trailer);
    const now = statSync(path, { bigint: true });
    if (now.ino !== before.ino || now.size !== before.size || now.mtimeNs !== before.mtimeNs)
      throw changed(path);
    return { bytes: weighed.bytes, sha256: weighed.sha256, ...found };
  } finally {
    closeSync(fd);
  }
}

type Found = Pick<MeasuredSnapshot, 'zipped' | 'trailer' | 'read'>;

async function readOf(job: ProveJob, desk: Desk, trailer: Trailer): Promise<Found> {
  try {
    return await readIt(job, desk, trailer);
  } catch (thrown) {
    // What is no snapshot, or a damaged zip, is a finding; a stick that went away is not.
    if (!(thrown instanceof FieldError) || thrown.failure.code !== 'check-failed') throw thrown;
    const { says, next = 'Take another copy of the snapshot, from the node or from a stick.' } =
      thrown.failure;
    return { zipped: false, trailer, read: { is: 'refused', says, next } };
  }
}

async function readIt(job: ProveJob, desk: Desk, trailer: Trailer): Promise<Found> {
  const unzipping: Desk = { ...desk, done: () => undefined, total: () => undefined };
  const file = await openSnapshot(job.path, job.scratch, unzipping);
  try {
    const ends = file.zipped ? zipEnds : plainEnds;
    const inside = file.zipped ? trailerInside(file, stretch(desk, ends.unzip, ends.trailer)) : trailer;
    let done = 0;
    const walked = stretch(desk, ends.trailer, ends.walk);
    const reading = readSnapshot(file.source, {
      crc: file.crc,
      live: { scratch: file.scratch },
      onPage: page => walked((done += page), file.source.size),
    });
    const read = readForProof(reading, file, {
      tokens: job.tokens.map(token => new Secret(token)),
      given: job.given,
      onKeys: stretch(desk, ends.walk, 1),
    });
    file.assertUnchanged();
    return { zipped: file.zipped, trailer: inside, read };
  } finally {
    file.close();
  }
}

serve(prove);
