import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { exerciseNames } from '../../../preload/contract/exercises.ts';
import type { ExerciseName } from '../../../preload/contract/exercises.ts';

/** What is kept of the exercises in a practice home. */
export interface Book {
  readonly current?:
    | {
        readonly exercise: ExerciseName;
        /** Milliseconds since 1970, the laptop's clock. */
        readonly begunAt: number;
        readonly hints: number;
        /** Uid of the cluster as it was handed to the trainee. */
        readonly uid: string;
      }
    | undefined;
  readonly best: Readonly<
    Partial<Record<ExerciseName, { readonly seconds: number; readonly hints: number }>>
  >;
}

/** What was kept; an empty book when there is none, or none that can be read. */
export function readBook(file: string): Book {
  if (!existsSync(file)) return { best: {} };
  try {
    const { current, best } = JSON.parse(readFileSync(file, 'utf8')) as Partial<Book>;
    const known = current && (exerciseNames as readonly string[]).includes(current.exercise);
    return { best: best ?? {}, ...(known && { current }) };
  } catch {
    return { best: {} };
  }
}

export function writeBook(file: string, book: Book): void {
  writeFileSync(`${file}.part`, JSON.stringify(book), { mode: 0o600 });
  renameSync(`${file}.part`, file);
}
