import { isAbsolute, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { DoctorPack, Examination } from '../../../preload/contract/doctor.ts';
import type { Site } from '../../../preload/contract/domain.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import { ageRecipient } from '../../core/age-recipient.ts';
import { tar } from '../../core/tar.ts';
import type { TarFile } from '../../core/tar.ts';
import type { Clock, Files, Work } from '../../ports.ts';
import type { Examined } from './examining.ts';

export interface PackDeps {
  readonly files: Files;
  readonly work: Work;
  readonly clock: Clock;
}

const text = (name: string, content: string): TarFile => ({ name, content: Buffer.from(content) });
const fileName = (id: string): string => `evidence/${id.replaceAll(/[^A-Za-z0-9._-]/g, '-')}.txt`;

const readme = (one: Examination): string =>
  [
    `Evidence of one node, collected by Coldstart at ${one.at} over ${one.over}.`,
    'examination.json: what was found, and how each piece was asked for.',
    'evidence/: what the node answered. Secrets were taken out before it was kept.',
    '',
  ].join('\n');

/** The archive headquarters opens with `age -d | tar xz`. */
export function archive({ examination, texts }: Examined, seconds: number): Uint8Array {
  const files = [
    text('README.txt', readme(examination)),
    text('examination.json', `${JSON.stringify(examination, null, 2)}\n`),
    ...Object.entries(texts).map(([id, content]) => text(fileName(id), content)),
  ];
  return gzipSync(tar(files, seconds));
}

/**
 * Seals an examination for the recipients of its site into a folder. The name says nothing about the site. Throws
 * `no-recipient`: nothing of a site lies on a stick unsealed.
 */
export async function pack(
  deps: PackDeps,
  site: Site,
  examined: Examined,
  to: string,
  signal: AbortSignal,
): Promise<DoctorPack> {
  if (site.recipients.length === 0) throw noRecipient(site.name);
  const folder = await existing(deps.files, to);
  const path = join(folder, `coldstart-evidence-${examined.examination.id.slice(0, 8)}.tar.gz.age`);
  if (await deps.files.stat(path)) throw there(path);
  const content = archive(examined, Math.floor(deps.clock.now().getTime() / 1000));
  const { bytes, sha256 } = await deps.work.seal(content, path, site.recipients.map(ageRecipient), {
    signal,
  });
  return { path, bytes, sha256 };
}

async function existing(files: Files, to: string): Promise<string> {
  const refused = (says: string, next: string): FieldError =>
    new FieldError({ code: 'bad-ask', says, about: to, untouched: 'Nothing was written.', next });
  if (!isAbsolute(to)) throw refused('The folder is named by its full path.', 'Name it from the root.');
  if ((await files.stat(to))?.kind !== 'folder')
    throw refused(
      'There is no such folder.',
      'See that the stick is plugged in and mounted, or make the folder.',
    );
  return files.real(to);
}

const noRecipient = (about: string): FieldError =>
  new FieldError({
    code: 'no-recipient',
    says: 'Headquarters has no key at this site yet, so nobody could open what is sealed.',
    about,
    untouched: 'Nothing was written.',
    next: 'Add the age recipient (age1…) that headquarters gave you, then pack again.',
  });

const there = (about: string): FieldError =>
  new FieldError({
    code: 'already-there',
    says: 'This examination was packed into this folder before.',
    about,
    untouched: 'Nothing was written.',
    next: 'Take the file as it is, or choose another folder.',
  });
