import type { Check } from '../../../preload/contract/domain.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import { so } from './book.ts';
import type { Book, Hands, Look, Step } from './book.ts';
import { collect, survey, whoLogsIn } from './survey.ts';
import type { Survey, SurveyOf, SurveyParts } from './survey.ts';

const marks = { passed: '✓', warned: '!', blocked: '✗', unknown: '?' } as const;
const line = ({ verdict, title, saw, next }: Check): string =>
  `  ${marks[verdict]} ${title}: ${saw}${next === undefined || verdict === 'passed' ? '' : `\n      → ${next}`}\n`;

/** How many checks stand where, in a sentence. */
export function summary(checks: readonly Check[]): string {
  const count = (verdict: Check['verdict']): number =>
    checks.filter(check => check.verdict === verdict).length;
  const parts = [
    `${count('passed')} of ${checks.length} checks passed`,
    ...(count('warned') > 0 ? [`${count('warned')} warned`] : []),
    ...(count('unknown') > 0 ? [`${count('unknown')} unknown`] : []),
    ...(count('blocked') > 0 ? [`${count('blocked')} blocked`] : []),
  ];
  return parts.join(', ');
}

/** The failure when a node may not be installed as it is; undefined when it may. */
export function blockedBy(checks: readonly Check[], about: string): FieldError | undefined {
  const blocked = checks.filter(check => check.verdict === 'blocked');
  const [first] = blocked;
  if (!first) return undefined;
  const more =
    blocked.length > 1
      ? ` And ${blocked.length - 1} more: ${blocked
          .slice(1)
          .map(({ title }) => title)
          .join(', ')}.`
      : '';
  return new FieldError({
    code: 'preflight-blocked',
    says: `${first.title}: ${first.saw}${more}`,
    about,
    untouched: 'Nothing was changed on the node.',
    next: first.next ?? 'Put it right, then look again.',
    facts: { blocked: blocked.map(({ id }) => id).join(' ') },
  });
}

/** Looks at the node through a run's hands and shows the checks in its terminal. */
export async function lookAt(hands: Hands, parts: SurveyParts, of: SurveyOf): Promise<Survey> {
  const found = await survey(
    parts,
    hands.link,
    of,
    (command, as) => hands.exec(command, { as, hush: true, timeoutMs: 120_000, keepBytes: 2 ** 21 }),
    hands.signal,
  );
  hands.show(found.checks.map(line).join(''));
  return found;
}

const looks = (of: SurveyOf): Look['shows'] => [
  { text: whoLogsIn.text, as: 'login' },
  { text: collect(of.options).text, as: 'root' },
];

/** The step that looks at the node; with `mustPass` a blocked check stops the run. */
export function preflightStep(parts: SurveyParts, of: SurveyOf, mustPass: boolean): Step {
  return {
    id: 'preflight',
    title: 'Look at the node',
    why: 'Finds what would make the work fail before anything is changed.',
    weight: 3,
    changes: false,
    apply: [],
    verify: {
      shows: looks(of),
      look: async hands => {
        const { checks } = await lookAt(hands, parts, of);
        const blocked = mustPass ? blockedBy(checks, of.node.name) : undefined;
        if (blocked) throw blocked;
        return so(summary(checks));
      },
    },
  };
}

/** The runbook that only looks. */
export const preflightBook = (parts: SurveyParts, of: SurveyOf): Book => ({
  title: `Look at ${of.node.name}`,
  steps: [preflightStep(parts, of, true)],
  warnings: [],
});
