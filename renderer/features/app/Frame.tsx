import {
  Activity,
  Camera,
  Dumbbell,
  GraduationCap,
  HardDriveDownload,
  KeyRound,
  LifeBuoy,
  ListChecks,
  LoaderCircle,
  Package,
  Radar,
  Server,
  Settings as SettingsIcon,
  TriangleAlert,
  Truck,
} from 'lucide-react';
import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { useStore } from 'zustand';
import { Button } from '../../ui/Button.tsx';
import { useWords } from '../../words/context.ts';
import { ConnectionBar } from './ConnectionBar.tsx';
import { Mark } from './Mark.tsx';
import { usePage } from './page.ts';
import { hashOf, screenOf, screens } from './route.ts';
import type { Screen } from './route.ts';

const icons: Record<Screen, LucideIcon> = {
  sites: Server,
  map: Radar,
  bundles: Package,
  install: HardDriveDownload,
  runs: ListChecks,
  snapshots: Camera,
  metrics: Activity,
  supply: Truck,
  keys: KeyRound,
  rescue: LifeBuoy,
  exercises: Dumbbell,
  settings: SettingsIcon,
};

/** What stands around every screen: the mark, the way to the others, and what must never be overlooked. */
export function Frame({ children }: { readonly children: ReactNode }) {
  const page = usePage();
  const words = useWords().app;
  const practice = page.host.world === 'practice';
  const refused = useStore(page.app, state => state.standing.is === 'refused');
  return (
    <div className={practice ? 'frame practice' : 'frame'}>
      <a
        className="skip"
        href="#main"
        onClick={event => {
          event.preventDefault();
          document.getElementById('heading')?.focus();
        }}
      >
        {words.skip}
      </a>
      {practice && <PracticeBar />}
      <ConnectionBar />
      {!refused && (
        <div className="columns">
          <Navigation />
          <main id="main">
            <Warnings />
            {children}
          </main>
        </div>
      )}
    </div>
  );
}

/** Says on every screen that this is practice. */
function PracticeBar() {
  const page = usePage();
  const words = useWords().app.practice;
  return (
    <aside className="practice-bar" aria-label={words.label}>
      <GraduationCap size={20} aria-hidden />
      <p>
        <strong>{words.label}</strong> <span className="practice-says">{words.says}</span>
      </p>
      <Button look="quiet" onClick={() => page.host.enterWorld('real')}>
        {words.leave}
      </Button>
    </aside>
  );
}

function Navigation() {
  const page = usePage();
  const words = useWords().app;
  const route = useStore(page.app, state => state.route);
  const here = screenOf(route);
  // Exercises break the node they are for, so only the practice world has them.
  const isOffered = (screen: Screen): boolean => screen !== 'exercises' || page.host.world === 'practice';
  return (
    <nav className="nav" aria-label={words.nav}>
      <a className="brand" href={hashOf({ is: 'welcome' })}>
        <Mark size={32} />
        <span>{words.name}</span>
      </a>
      <ul>
        {screens.filter(isOffered).map(screen => {
          const Icon = icons[screen];
          return (
            <li key={screen}>
              <a href={hashOf({ is: screen })} aria-current={here === screen ? 'page' : undefined}>
                <Icon size={20} aria-hidden />
                <span>{words.screens[screen]}</span>
              </a>
            </li>
          );
        })}
      </ul>
      <RunUnderWay />
      {page.host.world === 'real' && (
        <Button look="quiet" icon={GraduationCap} onClick={() => page.host.enterWorld('practice')}>
          {words.practice.enter}
        </Button>
      )}
    </nav>
  );
}

/** The way back to a run that goes on while another screen is open. */
function RunUnderWay() {
  const page = usePage();
  const words = useWords().app;
  const run = useStore(page.runs, ({ list }) => list.value?.find(each => each.state === 'running'));
  if (!run) return null;
  return (
    <a className="under-way" href={hashOf({ is: 'run', run: run.id })} title={run.title}>
      <LoaderCircle size={18} aria-hidden className="spin" />
      <span className="break">{words.runningOn(run.nodeName)}</span>
    </a>
  );
}

const noWarnings: readonly string[] = [];

/** What the host wants seen on every screen. */
function Warnings() {
  const page = usePage();
  const words = useWords().app;
  const warnings = useStore(page.app, state => state.about.value?.warnings ?? noWarnings);
  if (warnings.length === 0) return null;
  return (
    <aside className="warnings" aria-label={words.warnings}>
      {warnings.map(warning => (
        <p key={warning}>
          <TriangleAlert size={18} aria-hidden />
          <span>{warning}</span>
        </p>
      ))}
    </aside>
  );
}
