import { app } from './en/app.ts';
import { bundles } from './en/bundles.ts';
import { consoles } from './en/consoles.ts';
import { doctor } from './en/doctor.ts';
import { exercises } from './en/exercises.ts';
import { install } from './en/install.ts';
import { keys } from './en/keys.ts';
import { look } from './en/look.ts';
import { map } from './en/map.ts';
import { metrics } from './en/metrics.ts';
import { rescue } from './en/rescue.ts';
import { restore } from './en/restore.ts';
import { runs } from './en/runs.ts';
import { settings } from './en/settings.ts';
import { sites } from './en/sites.ts';
import { snapshots } from './en/snapshots.ts';
import { supply } from './en/supply.ts';
import { terminal } from './en/terminal.ts';
import { ui } from './en/ui.ts';
import { welcome } from './en/welcome.ts';

/** Every word the page shows, in English; one part for each feature. */
export const en = {
  app,
  bundles,
  consoles,
  doctor,
  exercises,
  install,
  keys,
  look,
  map,
  metrics,
  rescue,
  restore,
  runs,
  settings,
  sites,
  snapshots,
  supply,
  terminal,
  ui,
  welcome,
};

/** What a language must bring: the same keys, the same kinds of values. */
export type Words = typeof en;
