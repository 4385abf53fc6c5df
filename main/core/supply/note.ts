import type { World } from '../../../preload/contract/domain.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import { fromHqFolder } from './receipt.ts';

/** A note of headquarters to the technician: JSON beside a minisign signature of a receipt key over its bytes. */
export interface Note {
  readonly format: 1;
  readonly kind: 'coldstart-note';
  readonly world: World;
  readonly id: string;
  /** Absent: for every site. */
  readonly site?: string;
  readonly at: string;
  readonly title: string;
  readonly text: string;
}

export const notesFolder = `${fromHqFolder}/notes`;
export const keyListsFolder = `${fromHqFolder}/keys`;
export const bundlesFolder = `${fromHqFolder}/bundles`;

export const noteName = (id: string): string => `note-${id}.json`;
export const isNoteName = (name: string): boolean => /^note-[0-9a-f-]{36}\.json$/.test(name);
export const mostNoteBytes = 64 * 1024;
export const noteText = (note: Note): string => `${JSON.stringify(note, undefined, 2)}\n`;
export const noteComment = (note: Note): string =>
  `coldstart ${note.world === 'practice' ? 'practice ' : ''}note ${note.id}`;

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Reads a note whose signature held. Throws `damaged`. */
export function noteIn(text: string, about: string): Note {
  let raw: Partial<Note> | null;
  try {
    raw = JSON.parse(text) as Partial<Note> | null;
  } catch {
    raw = null;
  }
  const holds =
    raw?.format === 1 &&
    raw.kind === 'coldstart-note' &&
    (raw.world === 'real' || raw.world === 'practice') &&
    uuid.test(String(raw.id)) &&
    (raw.site === undefined || uuid.test(raw.site)) &&
    !Number.isNaN(Date.parse(String(raw.at))) &&
    typeof raw.title === 'string' &&
    typeof raw.text === 'string';
  if (holds) return raw as Note;
  throw new FieldError({
    code: 'damaged',
    says: 'This is no note that Coldstart can read, although its name says so.',
    about,
    untouched: 'It was not kept.',
    next: 'Ask headquarters to send it again.',
  });
}
