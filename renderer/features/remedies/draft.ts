import type { RemedyChoice, RemedyField, RemedyForm } from '../../../preload/contract/doctor.ts';

/** A form of questions, as a remedy or a restore asks them. */
type Asked = Pick<RemedyForm, 'fields'>;

/** What stands in a form now, by the name of its field. */
export type Draft = Readonly<Record<string, string>>;

export const draftOf = (form: Asked): Draft =>
  Object.fromEntries(form.fields.map(field => [field.name, field.value]));

/** The answers in the order of the form, as a plan is asked for with them. */
export const choicesOf = (form: Asked, draft: Draft): readonly RemedyChoice[] =>
  form.fields.map(({ name, value }) => ({ name, value: draft[name] ?? value }));

/** Values of a field that takes many. */
export const manyOf = (value: string): readonly string[] => value.split('\n').filter(each => each !== '');

/** A value of `many` put in or taken out, in the order of the options. */
export function withOption(field: RemedyField, value: string, option: string, on: boolean): string {
  const chosen = new Set(manyOf(value));
  if (on) chosen.add(option);
  else chosen.delete(option);
  const known = (field.options ?? []).map(each => each.value);
  return [
    ...known.filter(each => chosen.has(each)),
    ...[...chosen].filter(each => !known.includes(each)),
  ].join('\n');
}

/** Whether the node's name is typed out where the form wants that. */
export const isReady = (form: Pick<RemedyForm, 'typedName'>, typedName: string, nodeName: string): boolean =>
  !form.typedName || typedName.trim() === nodeName;
