import { createHash } from 'node:crypto';

import type { SiteNode } from '../../../../preload/contract/domain.ts';
import { FieldError } from '../../../../preload/contract/failure.ts';
import type { RunId } from '../../../../preload/contract/ids.ts';
import { Secret } from '../../../core/secret.ts';
import { script } from '../../../core/sh.ts';
import { asking, looking, notSo, so } from '../book.ts';
import type { Action, Look, Step } from '../book.ts';
import { secretFile } from '../secret-file.ts';
import type { RemedyParts } from './frame.ts';

/** A dated copy beside the original, made once a run. Nothing is deleted for it; without room it says so and goes on. */
const besideScript = String.raw`# a dated copy beside the original
[ -e "$1" ] || exit 0
for c in "$1".before-*-"$2"; do [ -e "$c" ] && { echo "the copy is $c"; exit 0; }; done
c=$1.before-$(date -u +%Y%m%dT%H%M%SZ)-$2
if cp -p "$1" "$c.part" 2>/dev/null && mv "$c.part" "$c"; then echo "the copy is $c"
else rm -f "$c.part"; echo 'the disk took no copy'; fi
exit 0`;

/** Keeps the file on the laptop, sealed, and a dated copy beside it on the node. */
export const backup = ({ strongbox }: RemedyParts, run: RunId, path: string): readonly Action[] => [
  {
    is: 'laptop',
    says: `keep a sealed copy of ${path} on the laptop`,
    work: async hands => {
      const found = await secretFile(hands, path);
      return found
        ? await strongbox.keep(run, `${path.slice(1).replaceAll('/', '-')}.before`, found)
        : `${path} is not there.`;
    },
  },
  { is: 'command', as: 'root', command: script(besideScript, path, run.slice(0, 8)) },
];

/** An edit of one file: what it was when the plan was made, and what it becomes. */
export interface Edit {
  readonly path: string;
  readonly mode: number;
  readonly before: string;
  readonly after: string;
  /** The diff as the plan shows it. */
  readonly shown: string;
}

const otherNow = (node: SiteNode, path: string): FieldError =>
  new FieldError({
    code: 'refused',
    says: `${path} is not what it was when the plan was made: somebody changed it since.`,
    about: node.name,
    untouched: 'It was left as it is.',
    next: 'Begin a new run, which looks at it as it is now.',
  });

/** Is the file as wanted? Throws `refused` when it is neither that nor what the plan began with. */
const edited = (node: SiteNode, { path, before, after }: Edit): Look =>
  looking(`read ${path} (as root) and compare it with the wanted one`, async hands => {
    const found = (await secretFile(hands, path))?.reveal() ?? '';
    if (found === after) return so(`${path} is as wanted`);
    if (found !== before) throw otherNow(node, path);
    return notSo(`${path} is as it was`);
  });

/** The step that edits a file after copies were made. */
export function editStep(
  parts: RemedyParts,
  of: { readonly node: SiteNode; readonly run: RunId },
  edit: Edit,
  words: { readonly id: string; readonly title: string; readonly why: string },
): Step {
  const there = edited(of.node, edit);
  return {
    ...words,
    weight: 2,
    changes: true,
    probe: there,
    apply: [
      ...backup(parts, of.run, edit.path),
      {
        is: 'write',
        path: edit.path,
        mode: edit.mode,
        shown: edit.shown,
        content: () => new Secret(edit.after),
      },
    ],
    verify: there,
  };
}

/** Can something be written here? Measured by writing, for a mount table may say `rw` of a disk that refuses. */
export const writable = (folder: string): Look =>
  asking(
    'root',
    script(
      String.raw`# can something be written here?
t="$1/.coldstart-write-test"
if (: >"$t") 2>/dev/null; then rm -f "$t"; echo writable; fi; exit 0`,
      folder,
    ),
    ({ stdout }) =>
      stdout.includes('writable') ? so(`${folder} can be written`) : notSo(`${folder} is read-only`),
  );

/** An edit of a file that may hold secrets: its text never stands in the plan or the journal. */
export interface SecretEdit {
  readonly path: string;
  readonly mode: number;
  /** SHA-256 of the file when the plan was made; of nothing when it was not there. */
  readonly beforeHash: string;
  /** The change as the plan shows it, without secrets. */
  readonly shown: string;
  /** Is a text as wanted? */
  done(text: string): boolean;
  change(text: string): string;
}

export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The same for a file that may hold secrets. */
export function secretEditStep(
  parts: RemedyParts,
  of: { readonly node: SiteNode; readonly run: RunId },
  edit: SecretEdit,
  words: { readonly id: string; readonly title: string; readonly why: string },
): Step {
  const { path, mode, beforeHash, shown } = edit;
  const there: Look = looking(
    `read ${path} (as root; not shown) and compare it with the wanted one`,
    async hands => {
      const text = (await secretFile(hands, path))?.reveal() ?? '';
      if (edit.done(text)) return so(`${path} is as wanted`);
      if (hashOf(text) !== beforeHash) throw otherNow(of.node, path);
      return notSo(`${path} is as it was`);
    },
  );
  return {
    ...words,
    weight: 2,
    changes: true,
    probe: there,
    apply: [
      ...backup(parts, of.run, path),
      {
        is: 'laptop',
        says: `write ${path} (root:root, ${mode.toString(8).padStart(4, '0')}):\n${shown}`,
        work: async hands => {
          const text = (await secretFile(hands, path))?.reveal() ?? '';
          await hands.link.writeFile(path, new Secret(edit.change(text)), {
            signal: hands.signal,
            mode,
            owner: '0:0',
            as: 'root',
          });
          return `${path} was written.`;
        },
      },
    ],
    verify: there,
  };
}
