import {
  CircleCheck,
  CircleCheckBig,
  CircleDashed,
  CircleQuestionMark,
  CircleStop,
  LoaderCircle,
  OctagonX,
  TriangleAlert,
  Unplug,
} from 'lucide-react';
import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import type { RunState, StepStanding, Verdict as VerdictName } from '../../preload/contract/domain.ts';
import { useWords } from '../words/context.ts';

export type Tone = 'good' | 'warn' | 'bad' | 'quiet' | 'busy';

const toneIcons: Record<Tone, LucideIcon> = {
  good: CircleCheck,
  warn: TriangleAlert,
  bad: OctagonX,
  quiet: CircleDashed,
  busy: LoaderCircle,
};

/** A short verdict: shape, words and colour, never colour alone. */
export function Badge({
  tone,
  icon,
  children,
}: {
  readonly tone: Tone;
  readonly icon?: LucideIcon;
  readonly children: ReactNode;
}) {
  const Icon = icon ?? toneIcons[tone];
  return (
    <span className={`badge ${tone}`}>
      <Icon size={16} aria-hidden className={Icon === LoaderCircle ? 'spin' : ''} />
      <span>{children}</span>
    </span>
  );
}

/** One big verdict at the head of a screen. */
export function Banner({
  tone,
  icon,
  title,
  children,
}: {
  readonly tone: Tone;
  readonly icon?: LucideIcon;
  readonly title: string;
  readonly children?: ReactNode;
}) {
  const Icon = icon ?? toneIcons[tone];
  return (
    <div className={`banner ${tone}`}>
      <Icon size={28} aria-hidden className={Icon === LoaderCircle ? 'spin' : ''} />
      <div>
        <p className="banner-title">{title}</p>
        {children}
      </div>
    </div>
  );
}

export const verdictTones: Record<VerdictName, Tone> = {
  passed: 'good',
  warned: 'warn',
  blocked: 'bad',
  unknown: 'quiet',
};

export function VerdictBadge({ verdict }: { readonly verdict: VerdictName }) {
  const words = useWords().ui;
  const icon = verdict === 'unknown' ? { icon: CircleQuestionMark } : {};
  return (
    <Badge tone={verdictTones[verdict]} {...icon}>
      {words.verdicts[verdict]}
    </Badge>
  );
}

const standingLooks: Record<StepStanding, { readonly tone: Tone; readonly icon: LucideIcon }> = {
  waiting: { tone: 'quiet', icon: CircleDashed },
  probing: { tone: 'busy', icon: LoaderCircle },
  applying: { tone: 'busy', icon: LoaderCircle },
  verifying: { tone: 'busy', icon: LoaderCircle },
  already: { tone: 'good', icon: CircleCheck },
  passed: { tone: 'good', icon: CircleCheckBig },
  failed: { tone: 'bad', icon: OctagonX },
  unsure: { tone: 'warn', icon: CircleQuestionMark },
};

export function StandingBadge({ standing }: { readonly standing: StepStanding }) {
  const words = useWords().ui;
  return <Badge {...standingLooks[standing]}>{words.standings[standing]}</Badge>;
}

export const runLooks: Record<RunState, { readonly tone: Tone; readonly icon: LucideIcon }> = {
  running: { tone: 'busy', icon: LoaderCircle },
  passed: { tone: 'good', icon: CircleCheckBig },
  failed: { tone: 'bad', icon: OctagonX },
  cancelled: { tone: 'warn', icon: CircleStop },
  interrupted: { tone: 'warn', icon: Unplug },
};

export function RunBadge({ state }: { readonly state: RunState }) {
  const words = useWords().ui;
  return <Badge {...runLooks[state]}>{words.runStates[state]}</Badge>;
}
