import Database from 'better-sqlite3';
import { createHash } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { basename, join } from 'node:path';
import { FieldError } from '../../../preload/contract/failure.ts';
import { behind, insideKine, kinePrefixes, kineQuery } from '../../core/runbook/restore/kine.ts';
import type { KineRow } from '../../core/runbook/restore/kine.ts';
import { Secret } from '../../core/secret.ts';
import { tryTokens } from '../../core/snapshot-proof/token.ts';
import type { MeasuredKine } from '../../ports.ts';
import { serve } from './serve.ts';
import type { Desk } from './serve.ts';
import { chunkBytes, chunksOf, openOrdinary, wordedSync } from './source.ts';

export interface KineJob {
  readonly path: string;
  /** Server tokens, tried in this order. They stay in this worker. */
  readonly tokens: readonly string[];
  /** Folder for the copy that is opened: SQLite writes beside what it reads. */
  readonly scratch: string;
}

const noKine = (path: string, why: string): FieldError =>
  new FieldError({
    code: 'check-failed',
    says: `This is no database of K3s on SQLite that can be restored: ${why}.`,
    about: path,
    untouched: 'The file was only read.',
    next: 'Choose the file state.db of another copy, with state.db-wal beside it where there is one.',
  });

/** Copies one file and measures it on the way. */
function copied(path: string, to: string, desk: Desk): MeasuredKine['files'][number] {
  const { fd, bytes } = openOrdinary(path);
  const hash = createHash('sha256');
  const out = wordedSync(to, 'write', () => openSync(to, 'wx', 0o600));
  try {
    for (const chunk of chunksOf(fd, path, Buffer.allocUnsafeSlow(chunkBytes))) {
      desk.goOn();
      hash.update(chunk);
      wordedSync(to, 'write', () => writeSync(out, chunk));
    }
  } finally {
    closeSync(fd);
    closeSync(out);
  }
  return { name: basename(to), path, bytes, sha256: hash.digest('hex') };
}

function* rowsOf(db: Database.Database, prefixes: readonly string[]): Generator<KineRow> {
  const query = db.prepare<[string, string], { name: string; value: Buffer | null }>(kineQuery);
  for (const prefix of prefixes)
    for (const { name, value } of query.iterate(prefix, behind(prefix)))
      yield { name, value: value ?? Buffer.alloc(0) };
}

function measured(file: string, { path, tokens }: KineJob): Omit<MeasuredKine, 'files'> {
  const db = new Database(file);
  try {
    const check = db.pragma('integrity_check(5)', { simple: true });
    if (check !== 'ok') throw noKine(path, `SQLite says of it: ${String(check)}`);
    if (!db.prepare("select 1 from sqlite_master where type = 'table' and name = 'kine'").get())
      throw noKine(path, 'it has no table of K3s (kine) in it');
    const entries = [...rowsOf(db, ['/bootstrap/'])].map(({ name, value }) => ({
      key: Buffer.from(name),
      value,
      createRevision: 0,
      modRevision: 0,
      version: 0,
      lease: 0n,
    }));
    const tried = tryTokens(
      entries,
      tokens.map(token => new Secret(token)),
      false,
    );
    return {
      ...(tried.is === 'opened' ? { opens: tried.opened.which } : { locked: tried.says }),
      inside: insideKine(rowsOf(db, kinePrefixes)),
    };
  } finally {
    db.close();
  }
}

serve<KineJob, MeasuredKine>((job, desk) => {
  mkdirSync(job.scratch, { recursive: true, mode: 0o700 });
  const folder = mkdtempSync(join(job.scratch, 'kine-'));
  try {
    const file = join(folder, 'state.db');
    const files = ['', '-wal']
      .filter(more => more === '' || existsSync(`${job.path}${more}`))
      .map(more => copied(`${job.path}${more}`, `${file}${more}`, desk));
    try {
      return { files, ...measured(file, job) };
    } catch (thrown) {
      if (thrown instanceof Database.SqliteError) throw noKine(job.path, thrown.message);
      throw thrown;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
