import { FieldError } from '../../../preload/contract/failure.ts';
import type { SiteId } from '../../../preload/contract/ids.ts';
import type { PostWritten } from '../../../preload/contract/supply/post.ts';
import type { At } from '../at.ts';
import type { Answer } from '../output.ts';
import type { Verb } from '../verb.ts';
import { plain, size } from '../words.ts';

const missing = (option: string, next: string): FieldError =>
  new FieldError({
    code: 'bad-ask',
    says: `The option --${option} is missing.`,
    untouched: 'Nothing was done.',
    next,
  });

async function taken(at: At): Promise<Answer> {
  const post = await at.call('post.take', { from: at.path(at.arg(0)) });
  const lines = [
    ...post.receipts.map(
      each => `${each.is === 'confirmed' || each.is === 'known' ? '✓' : '✗'} receipt: ${each.says}`,
    ),
    ...post.notes.map(each => `${each.is === 'refused' ? '✗' : '✓'} note: ${plain(each.says)}`),
    ...post.keyLists.flatMap(each => [
      `${each.is === 'refused' ? '✗' : each.is === 'newer' ? '!' : '✓'} key list: ${each.says}`,
      ...(each.is === 'newer'
        ? [...each.changes.map(change => `    ${change}`), `    → coldstart keys trust ${each.path}`]
        : []),
    ]),
    ...post.bundles.map(each => `! bundle ${plain(each.name)}\n    → coldstart bundle import ${each.path}`),
  ];
  const bad =
    post.receipts.some(each => each.is === 'refused' || each.is === 'not-restorable') ||
    post.notes.some(each => each.is === 'refused') ||
    post.keyLists.some(each => each.is === 'refused');
  return {
    json: post,
    text: lines.length === 0 ? 'Nothing of headquarters lies here.' : lines.join('\n'),
    exit: bad ? 1 : 0,
  };
}

const written = (done: PostWritten): Answer => ({
  json: done,
  text: [
    `✓ ${done.path}: ${done.files} files, ${size(done.bytes)}.`,
    ...(done.leftOut.length > 0
      ? [`  Left out, because the site has it: ${done.leftOut.join(', ')} (${size(done.leftOutBytes)}).`]
      : []),
  ].join('\n'),
});

export const postVerbs: readonly Verb[] = [
  {
    name: 'post take',
    takes: ['FOLDER'],
    says: 'Take what headquarters sent on a stick: receipts and notes; key lists and bundles are shown.',
    run: taken,
  },
  {
    name: 'post notes',
    takes: [],
    says: 'Show the notes of headquarters that came on sticks.',
    run: async at => {
      const notes = await at.call('post.notes', {});
      for (const note of notes) if (note.readAt === undefined) await at.call('post.read', { note: note.id });
      return {
        json: { notes },
        text:
          notes.length === 0
            ? 'No note of headquarters came yet.'
            : notes
                .map(
                  note =>
                    `${note.readAt === undefined ? 'NEW ' : ''}${note.at.slice(0, 10)} ${plain(note.title)}\n${plain(note.text)}`,
                )
                .join('\n\n'),
      };
    },
  },
  {
    name: 'hq note',
    takes: ['STICK'],
    says: 'At headquarters: put a signed note to the technician onto a stick.',
    options: {
      'sign-key': { value: 'KEY', says: 'Secret key that signs receipts and notes.' },
      title: { value: 'TEXT', says: 'What it is about, in a line.' },
      text: { value: 'TEXT', says: 'The note itself.' },
      site: { value: 'ID', says: 'Id of the site it is for; without it, for every site.' },
    },
    run: async at => {
      const [signKey, title, text] = [at.option('sign-key'), at.option('title'), at.option('text')];
      if (signKey === undefined) throw missing('sign-key', 'Name the key that signs receipts.');
      if (title === undefined) throw missing('title', 'Say in a line what the note is about.');
      if (text === undefined) throw missing('text', 'Write the note behind it.');
      const site = at.option('site');
      const done = await at.call('hq.note', {
        to: at.path(at.arg(0)),
        signKey: at.path(signKey),
        title,
        text,
        ...(site === undefined ? {} : { site: site as SiteId }),
      });
      return written(done);
    },
  },
  {
    name: 'hq bundle',
    takes: ['BUNDLE', 'STICK'],
    says: 'At headquarters: put a signed bundle onto a stick, without what the site has already.',
    options: {
      archive: { value: 'DIR', says: 'The archive of `receive`; it tells what the site has.' },
      site: { value: 'ID', says: 'Id of the site it is for.' },
    },
    run: async at => {
      const [archive, site] = [at.option('archive'), at.option('site')];
      const done = await at.call('hq.bundle', {
        bundle: at.path(at.arg(0)),
        to: at.path(at.arg(1)),
        ...(archive === undefined ? {} : { at: at.path(archive) }),
        ...(site === undefined ? {} : { site: site as SiteId }),
      });
      return written(done);
    },
  },
];
