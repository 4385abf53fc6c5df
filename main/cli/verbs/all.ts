import type { Verb } from '../verb.ts';
import { bundleVerbs } from './bundle.ts';
import { doctorVerbs } from './doctor.ts';
import { execVerbs } from './exec.ts';
import { exerciseVerbs } from './exercise.ts';
import { keyVerbs } from './keys.ts';
import { hqVerbs } from './hq.ts';
import { linkVerbs } from './link.ts';
import { metricsVerbs } from './metrics.ts';
import { nodeVerbs } from './node.ts';
import { postVerbs } from './post.ts';
import { recordedVerbs } from './recorded.ts';
import { remedyVerbs } from './remedy.ts';
import { restoreVerbs } from './restore.ts';
import { runVerbs } from './run.ts';
import { scanVerbs } from './scan.ts';
import { serialVerbs } from './serial.ts';
import { siteVerbs } from './site.ts';
import { snapshotGapVerbs } from './snapshot-gap.ts';
import { snapshotLookVerbs } from './snapshot-look.ts';
import { snapshotProveVerbs } from './snapshot-prove.ts';
import { snapshotVerbs } from './snapshot.ts';
import { stickVerbs } from './stick.ts';
import { supplyVerbs } from './supply.ts';
import { vaultVerbs } from './vault.ts';

/** Every verb of the command line, in the order of the help. */
export const verbs: readonly Verb[] = [
  ...bundleVerbs,
  ...siteVerbs,
  ...scanVerbs,
  ...nodeVerbs,
  ...runVerbs,
  ...doctorVerbs,
  ...remedyVerbs,
  ...restoreVerbs,
  ...execVerbs,
  ...serialVerbs,
  ...exerciseVerbs,
  ...snapshotVerbs,
  ...snapshotProveVerbs,
  ...snapshotLookVerbs,
  ...snapshotGapVerbs,
  ...metricsVerbs,
  ...recordedVerbs,
  ...supplyVerbs,
  ...stickVerbs,
  ...postVerbs,
  ...keyVerbs,
  ...hqVerbs,
  ...vaultVerbs,
  ...linkVerbs,
];
