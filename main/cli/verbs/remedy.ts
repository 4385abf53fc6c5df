import { remedies } from '../../../preload/contract/doctor.ts';
import type { Remedy, RemedyChoice, RemedyField, RemedyForm } from '../../../preload/contract/doctor.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { At } from '../at.ts';
import type { Answer } from '../output.ts';
import type { Verb } from '../verb.ts';
import { allLines, byStick, carrier, planned, planText, taken, takeOver } from './run.ts';

function remedyNamed(word: string): Remedy {
  const found = remedies.find(one => one === word);
  if (found !== undefined) return found;
  throw new FieldError({
    code: 'bad-ask',
    says: `There is no remedy “${word}”.`,
    untouched: 'Nothing was done.',
    next: `Choose from ${remedies.join(', ')}.`,
  });
}

/** `name=value` words as answers; several of one name are joined, for questions that take many. */
export function choicesOf(words: readonly string[]): readonly RemedyChoice[] {
  const values = new Map<string, string[]>();
  for (const word of words) {
    const at = word.indexOf('=');
    if (at < 1)
      throw new FieldError({
        code: 'bad-ask',
        says: `“${word}” is no choice: it has to be NAME=VALUE.`,
        untouched: 'Nothing was done.',
        next: 'Run the command with --dry-run to see what can be chosen.',
      });
    const name = word.slice(0, at);
    values.set(name, [...(values.get(name) ?? []), word.slice(at + 1)]);
  }
  return [...values].map(([name, given]) => ({ name, value: given.join('\n') }));
}

function fieldText({ name, kind, label, says, options = [], value }: RemedyField, answer: string): string {
  const shown = (text: string): string => (text === '' ? '(none)' : text.split('\n').join(', '));
  return [
    `  --choose ${name}=${shown(answer)}   ${label}${answer === value ? '' : ` (proposed: ${shown(value)})`}`,
    `      ${says}`,
    ...(kind === 'choice' || kind === 'many'
      ? options.map(one => `      ${one.value}: ${one.label}${one.says === undefined ? '' : `. ${one.says}`}`)
      : []),
  ].join('\n');
}

/** What a remedy asks and how it is answered now. */
export function formText(
  { title, says, fields }: Pick<RemedyForm, 'title' | 'says' | 'fields'>,
  choices: readonly RemedyChoice[],
): string {
  const answer = ({ name, value }: RemedyField): string =>
    choices.find(one => one.name === name)?.value ?? value;
  return [
    `${title}. ${says}`,
    ...(fields.length > 0 ? ['', 'Choices'] : []),
    ...fields.map(field => fieldText(field, answer(field))),
    '',
  ].join('\n');
}

const typedNameFor = async (at: At, form: RemedyForm): Promise<string> =>
  at.option('typed-name') ??
  (form.typedName && at.questions.possible && !at.has('dry-run')
    ? await at.questions.ask('This may lose something. Type the name of the node: ')
    : '');

export const remedyVerbs: readonly Verb[] = [
  {
    name: 'remedy',
    takes: ['NODE', 'NAME'],
    says: 'Repair one thing on a node, after what matters was copied to the laptop. Shows every command first.',
    more: `Names:\n${remedies.map(name => `  ${name}`).join('\n')}\nExample: coldstart remedy cp1 free-disk --dry-run`,
    options: {
      choose: {
        value: 'NAME=VALUE',
        many: true,
        says: 'Answer a question of the remedy; may repeat. What is left out stays as proposed.',
      },
      'dry-run': { says: 'Show what can be chosen and the plan; change nothing.' },
      'typed-name': {
        value: 'NODE',
        says: 'The name of the node once more, for a remedy that may lose something.',
      },
      ...byStick,
      ...takeOver,
      ...allLines,
    },
    run: async (at): Promise<Answer> => {
      const node = await at.node(at.arg(0));
      const remedy = remedyNamed(at.arg(1));
      const choices = [...choicesOf(at.many('choose'))];
      const form = await at.call('remedy.form', { node: node.id, remedy });
      const typedName = await typedNameFor(at, form);
      const ask = {
        is: 'remedy',
        node: node.id,
        remedy,
        choices,
        typedName,
        ...taken(at),
        ...carrier(at),
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
