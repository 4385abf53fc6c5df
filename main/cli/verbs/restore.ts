import { FieldError } from '../../../preload/contract/failure.ts';
import { offeredRestores } from '../../../preload/contract/snapshots/restore.ts';
import type { OfferedRestore, RestoreForm } from '../../../preload/contract/snapshots/restore.ts';
import type { At } from '../at.ts';
import type { Answer } from '../output.ts';
import type { Verb } from '../verb.ts';
import { choicesOf, formText } from './remedy.ts';
import { allLines, planned, planText, taken, takeOver } from './run.ts';
import { snapshotMeant } from './snapshot-prove.ts';

const words: Record<OfferedRestore, string> = {
  single: 'the snapshot back onto NODE, the only server of its site',
  ha: 'the snapshot back onto NODE; the other servers rejoin empty, one after the other',
  'new-host': 'the snapshot onto NODE, a machine with a fresh K3s that was never in the cluster',
  'lost-quorum': 'no snapshot: NODE, the server that came furthest, goes on alone',
  'raw-db': 'the raw member/snap/db of a dead disk, as a file on this laptop, onto NODE',
  sqlite: 'the state.db of a server on SQLite, as a file on this laptop, back onto NODE',
  drill: 'the snapshot onto NODE, a spare machine with a fresh K3s; timed, and taken off again',
};

function kindNamed(word: string | undefined): OfferedRestore {
  const found = offeredRestores.find(one => one === word);
  if (found !== undefined) return found;
  throw new FieldError({
    code: 'bad-ask',
    says:
      word === undefined ? 'It has to be said which way back is meant.' : `There is no restore “${word}”.`,
    untouched: 'Nothing was done.',
    next: `Choose --kind from ${offeredRestores.join(', ')}.`,
  });
}

const typedNameFor = async (at: At): Promise<string> =>
  at.option('typed-name') ??
  (at.questions.possible && !at.has('dry-run')
    ? await at.questions.ask('This replaces the state of the whole cluster. Type the name of the node: ')
    : '');

export const restoreVerbs: readonly Verb[] = [
  {
    name: 'restore',
    takes: ['NODE', '[SNAPSHOT]'],
    says: 'Lead through the way back of a whole cluster. Shows every command first.',
    more: `Kinds:\n${offeredRestores.map(kind => `  ${kind}: ${words[kind]}`).join('\n')}\nExample: coldstart restore cp1 etcd-snapshot-cp1-1790000000 --kind ha --dry-run`,
    options: {
      kind: { value: 'KIND', says: 'Which way back.' },
      choose: {
        value: 'NAME=VALUE',
        many: true,
        says: 'Answer a question of the restore; may repeat. What is left out stays as proposed.',
      },
      'dry-run': { says: 'Show what can be chosen and the plan; change nothing.' },
      'typed-name': { value: 'NODE', says: 'The name of the node once more.' },
      ...takeOver,
      ...allLines,
    },
    run: async (at): Promise<Answer> => {
      const node = await at.node(at.arg(0));
      const kind = kindNamed(at.option('kind'));
      const word = at.args[1];
      const of = word === undefined ? undefined : await snapshotMeant(at, word);
      const choices = [...choicesOf(at.many('choose'))];
      const form: RestoreForm = await at.call('restore.form', { node: node.id, kind, ...(of && { of }) });
      const typedName = await typedNameFor(at);
      const ask = {
        is: 'restore',
        node: node.id,
        kind,
        choices,
        typedName,
        ...(of && { of }),
        ...taken(at),
      } as const;
      if (!at.has('dry-run')) return planned(at, ask);
      const plan = await at.call('run.plan', { ask });
      return {
        json: { form, plan },
        text: `${formText(form, choices)}\n${planText(plan, at.has('all-lines'))}\n\nNothing was changed.`,
      };
    },
  },
];
