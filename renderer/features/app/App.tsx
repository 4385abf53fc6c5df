import { Component, useEffect } from 'react';
import type { ReactNode } from 'react';
import { useStore } from 'zustand';
import type { Failure } from '../../../preload/contract/failure.ts';
import { Button } from '../../ui/Button.tsx';
import { FailureWays } from '../../ui/FailurePanel.tsx';
import { Banner } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { BundlesView } from '../bundles/BundlesView.tsx';
import { ConsoleView } from '../console/ConsoleView.tsx';
import { ExercisesView } from '../exercises/ExercisesView.tsx';
import { InstallView } from '../install/InstallView.tsx';
import { KeysView } from '../keys/KeysView.tsx';
import { MapView } from '../map/MapView.tsx';
import { MetricsView } from '../metrics/MetricsView.tsx';
import { RescueView } from '../rescue/RescueView.tsx';
import { RescueWay } from '../rescue/RescueWay.tsx';
import { RestoreView } from '../restore/RestoreView.tsx';
import { RunsView } from '../runs/RunsView.tsx';
import { RunView } from '../runs/RunView.tsx';
import { SettingsView } from '../settings/SettingsView.tsx';
import { ShellView } from '../sites/ShellView.tsx';
import { SitesView } from '../sites/SitesView.tsx';
import { LookView } from '../snapshot-look/LookView.tsx';
import { SnapshotsView } from '../snapshots/SnapshotsView.tsx';
import { SupplyView } from '../supply/SupplyView.tsx';
import { WelcomeView } from '../welcome/WelcomeView.tsx';
import { startPage } from './actions.ts';
import { Frame } from './Frame.tsx';
import { Obstacles } from './Obstacles.tsx';
import { PageContext, usePage } from './page.ts';
import type { Page } from './page.ts';
import { hashOf, screenOf } from './route.ts';
import type { Route } from './route.ts';

const waysOut = (failure: Failure): ReactNode => <RescueWay failure={failure} />;

/** The whole page. */
export function App({ page }: { readonly page: Page }) {
  useEffect(() => startPage(page), [page]);
  return (
    <PageContext value={page}>
      <Theme />
      <FailureWays value={waysOut}>
        <Frame>
          <CurrentScreen />
        </Frame>
        <Obstacles />
      </FailureWays>
    </PageContext>
  );
}

function screen(route: Route): ReactNode {
  switch (route.is) {
    case 'welcome':
      return <WelcomeView />;
    case 'sites':
      return <SitesView />;
    case 'map':
      return <MapView />;
    case 'bundles':
      return <BundlesView />;
    case 'install':
      return <InstallView />;
    case 'runs':
      return <RunsView />;
    case 'run':
      return <RunView key={route.run} id={route.run} />;
    case 'shell':
      return <ShellView key={route.node} node={route.node} />;
    case 'look':
      return <LookView key={route.snapshot} id={route.snapshot} />;
    case 'restore':
      return <RestoreView from={route.snapshot} on={route.node} />;
    case 'snapshots':
      return <SnapshotsView />;
    case 'supply':
      return <SupplyView />;
    case 'metrics':
      return <MetricsView />;
    case 'keys':
      return <KeysView />;
    case 'rescue':
      return <RescueView node={route.node} />;
    case 'exercises':
      return <ExercisesView />;
    case 'console':
      return <ConsoleView key={route.port} port={route.port} />;
    case 'settings':
      return <SettingsView />;
    default:
      return route satisfies never;
  }
}

/** The screen the address names. */
function CurrentScreen() {
  const page = usePage();
  const words = useWords().app;
  const route = useStore(page.app, state => state.route);
  const place = hashOf(route);
  const name = screenOf(route);
  useEffect(() => {
    document.title = words.documentTitle(
      name ? words.screens[name] : words.name,
      page.host.world === 'practice',
    );
  }, [name, page, words]);
  return (
    <Fault key={place}>
      <Arrival />
      {screen(route)}
    </Fault>
  );
}

/** Begins a new screen at its top, with the focus on its heading. */
function Arrival() {
  useEffect(() => {
    for (const place of document.querySelectorAll('main, .columns')) place.scrollTo(0, 0);
    document.getElementById('heading')?.focus({ preventScroll: true });
  }, []);
  return null;
}

/** Follows the chosen colours. */
function Theme() {
  const page = usePage();
  const theme = useStore(page.app, state => state.settings.value?.theme ?? 'system');
  useEffect(() => {
    if (theme === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme;
  }, [theme]);
  return null;
}

/** A fault in one screen leaves the frame standing, so the others can still be reached. */
class Fault extends Component<{ readonly children: ReactNode }, { readonly message?: string }> {
  override state: { readonly message?: string } = {};
  static getDerivedStateFromError(error: unknown): { readonly message: string } {
    return { message: error instanceof Error ? error.message : String(error) };
  }
  override render(): ReactNode {
    const { message } = this.state;
    return message === undefined ? this.props.children : <FaultScreen message={message} />;
  }
}

function FaultScreen({ message }: { readonly message: string }) {
  const words = useWords().app.fault;
  return (
    <div role="alert">
      <Banner tone="bad" title={words.title}>
        <p>{words.says}</p>
        <p className="hint break">{message}</p>
        <Button onClick={() => location.reload()}>{words.reload}</Button>
      </Banner>
    </div>
  );
}
