import type { Screen } from '../../features/app/route.ts';

const screens: Record<Screen, string> = {
  sites: 'Sites and nodes',
  map: 'Find nodes',
  bundles: 'Bundles',
  install: 'Install',
  runs: 'Runs',
  snapshots: 'Snapshots',
  metrics: 'Metrics',
  supply: 'Supply run',
  keys: 'Keys',
  rescue: 'Rescue a node',
  exercises: 'Exercises',
  settings: 'Settings',
};

/** Words of the frame around every screen. */
export const app = {
  name: 'Coldstart',
  skip: 'Skip to the content',
  nav: 'Screens',
  screens,
  documentTitle: (screen: string, practice: boolean): string =>
    `${screen} · Coldstart${practice ? ' (practice)' : ''}`,
  running: 'A run is under way',
  runningOn: (node: string): string => `Running on ${node}`,
  practice: {
    label: 'Practice',
    says: 'Pretended nodes inside this laptop. Nothing here reaches a real site.',
    leave: 'Leave practice',
    enter: 'Practise',
  },
  connection: {
    label: 'Connection',
    connecting: 'Connecting to Coldstart on this laptop …',
    lost: 'The connection to Coldstart on this laptop is lost',
    lostSays: 'What you see may be old. A run that was started goes on by itself. Trying again …',
    refused: 'Coldstart did not open',
    again: 'Try now',
  },
  warnings: 'Warnings',
  fault: {
    title: 'This screen has stopped',
    says: 'Something went wrong inside the page. Runs and other work go on; nothing was changed by this.',
    reload: 'Load the page again',
  },
};
