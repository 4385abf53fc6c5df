import { createHash } from 'node:crypto';
import { dirname } from 'node:path/posix';
import { script } from '../../../core/sh.ts';
import { asking, notSo, so } from '../book.ts';
import type { Look, Step } from '../book.ts';

/** A file of ours on a node, shown whole in the plan. */
export interface PlacedFile {
  readonly path: string;
  readonly mode: number;
  readonly text: string;
}

const sumOf = (text: string): string => createHash('sha256').update(text).digest('hex');

const sameScript = `# which of these files are not as they should be?
while [ $# -gt 0 ]; do
  [ "$(sha256sum <"$1" 2>/dev/null | cut -c 1-64)" = "$2" ] || echo "$1"
  shift 2
done
exit 0`;

const inPlace = (files: readonly PlacedFile[]): Look =>
  asking('root', script(sameScript, ...files.flatMap(({ path, text }) => [path, sumOf(text)])), exit => {
    const other = exit.stdout.trim().split('\n').filter(Boolean);
    return exit.code === 0 && other.length === 0
      ? so(`${files.length} files are in place, as shown`)
      : notSo(`not yet as shown: ${other.join(', ') || 'the node did not say'}`);
  });

/** Puts files of ours on the node and checks each by its SHA-256. */
export const placeStep = (files: readonly PlacedFile[], head: Pick<Step, 'id' | 'title' | 'why'>): Step => ({
  ...head,
  weight: 2,
  changes: true,
  probe: inPlace(files),
  apply: [
    {
      is: 'command',
      as: 'root',
      command: script(
        '# folders for what is put here\nmkdir -p -m 0755 "$@"',
        ...new Set(files.map(({ path }) => dirname(path))),
      ),
    },
    ...files.map(({ path, mode, text }) => ({
      is: 'write' as const,
      path,
      mode,
      shown: text,
      content: () => Buffer.from(text),
    })),
  ],
  verify: inPlace(files),
});

const leftScript = `# what of this is left?
for p in "$@"; do [ -e "$p" ] || [ -L "$p" ] && echo "$p"; done
exit 0`;

/** Whether these paths are gone. */
export const gone = (paths: readonly string[], saw: string): Look =>
  asking('root', script(leftScript, ...paths), ({ stdout, code }) =>
    code === 0 && stdout.trim() === ''
      ? so(saw)
      : notSo(`left: ${stdout.trim().split('\n').join(', ') || 'the node did not say'}`),
  );
