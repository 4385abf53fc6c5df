import type { Page } from 'playwright-core';
import { cable } from './made-up-rescue.ts';
import { runs, nodes, snapshots } from './made-up.ts';

export interface Screen {
  readonly name: string;
  readonly at: string;
  /** What is clicked to get there. */
  readonly reach?: (page: Page) => Promise<void>;
}

const press = (page: Page, name: string | RegExp): Promise<void> =>
  page.getByRole('button', { name }).first().click();
const terminal = async (page: Page): Promise<void> => {
  await page.locator('.term-place[data-ready=true]').first().waitFor();
};
const options = async (page: Page): Promise<void> => {
  await press(page, 'Use this: summit-1');
  await page.getByRole('button', { name: 'Use these options' }).waitFor();
};
const agreed = async (page: Page): Promise<void> => {
  await options(page);
  await press(page, 'Use these options');
};
const checked = async (page: Page): Promise<void> => {
  await agreed(page);
  await press(page, 'Check the node');
  await page.getByRole('button', { name: 'Show the plan' }).waitFor();
};
const planned = async (page: Page): Promise<void> => {
  await checked(page);
  await press(page, 'Show the plan');
  await page.getByRole('button', { name: 'Run', exact: true }).waitFor();
};

const rescued = `#/rescue/${nodes.summit}`;
const line = async (page: Page): Promise<void> => {
  await press(page, 'Use this: FTDI FT232R USB UART');
};
const found = async (page: Page): Promise<void> => {
  await line(page);
  await press(page, 'Find the speed');
  await page.getByText('The line runs at').waitFor();
};
const opened = async (page: Page): Promise<void> => {
  await found(page);
  await press(page, 'Open the console');
  await terminal(page);
};
const atDoctor = async (page: Page): Promise<void> => {
  await opened(page);
  await press(page, 'Go on to the doctor');
};
const examined = async (page: Page): Promise<void> => {
  await atDoctor(page);
  await press(page, 'Examine the node');
  await page.getByRole('button', { name: 'Examine again' }).waitFor();
};
const remedied = async (page: Page): Promise<void> => {
  await examined(page);
  await press(page, 'Free disk space …');
  await page.getByRole('button', { name: 'Show the plan' }).waitFor();
};
const wholeConsole = async (page: Page): Promise<void> => {
  await press(page, 'Open with these settings');
  await terminal(page);
};
const byHand = async (page: Page): Promise<void> => {
  await page.getByText('Set it by hand').click();
};
const recorded = async (page: Page): Promise<void> => {
  await page.getByRole('radio', { name: 'Black box' }).check();
  await page.getByLabel('Search the black box').fill('EXT4-fs error');
  await press(page, 'Search');
  await page.getByText(/lines found/).waitFor();
};

const inside = `#/look/${snapshots[0]?.id}`;
const looked = async (page: Page): Promise<void> => {
  await page.getByRole('button', { name: 'Show web' }).waitFor();
};
const shown = async (page: Page): Promise<void> => {
  await press(page, 'Show web');
  await page.getByText('replicas: 3').waitFor();
};
const nothingFound = async (page: Page): Promise<void> => {
  await looked(page);
  await page.getByLabel('Search').fill('nothing');
  await press(page, 'Find');
  await page.getByText('Nothing in the snapshot fits.').waitFor();
};
const compared = async (page: Page): Promise<void> => {
  await page.getByRole('radio', { name: 'Images' }).check();
  await page.getByLabel('Compare with a bundle').selectOption({ index: 1 });
  await page.getByText('Missing').waitFor();
};
const changed = async (page: Page): Promise<void> => {
  await page.getByRole('radio', { name: 'What changed' }).check();
  await page.getByLabel('Compare with', { exact: true }).selectOption({ index: 1 });
  await page.getByText('Node n3 is gone.').waitFor();
};

const restored = `#/restore/from/${snapshots[0]?.id}`;
const ways = async (page: Page): Promise<void> => {
  await page.getByRole('button', { name: /^This way: One server/ }).waitFor();
};
const restoreAsked = async (page: Page): Promise<void> => {
  await press(page, /^This way: Several servers/);
  await page.getByRole('button', { name: 'Show the plan' }).waitFor();
};
const restoreRefused = async (page: Page): Promise<void> => {
  await press(page, /^This way: One server/);
  await page.getByText('is a server of this site as well').waitFor();
};
const restorePlanned = async (page: Page): Promise<void> => {
  await restoreAsked(page);
  await press(page, 'Show the plan');
  await page.getByRole('button', { name: 'Restore now' }).waitFor();
};

const supplyPlanned = async (page: Page): Promise<void> => {
  await press(page, 'Look what goes out');
  await page.getByRole('button', { name: 'Look again' }).scrollIntoViewIfNeeded();
};
const supplyReady = async (page: Page): Promise<void> => {
  await supplyPlanned(page);
  await press(page, 'Use this stick: COLDSTART-STICK');
  await page.getByText(/There is (not enough )?room/).waitFor();
};
const supplyWritten = async (page: Page): Promise<void> => {
  await supplyReady(page);
  await press(page, 'Write the bag');
  await page.getByText(/The bag is (written|not in order)/).waitFor();
};
const supplyOut = async (page: Page): Promise<void> => {
  await supplyWritten(page);
  await press(page, /^Take out the stick$/);
  await page.getByText(/^(Safe to unplug|The stick is out|Do not pull it out yet)/).scrollIntoViewIfNeeded();
};
const mapped = async (page: Page): Promise<void> => {
  await page.getByRole('button', { name: /^summit-2/ }).waitFor();
};
const tabled = async (page: Page): Promise<void> => {
  await page.getByRole('radio', { name: 'Table' }).check();
  await page.getByRole('table', { name: 'All machines' }).waitFor();
};
const ofMachine = async (page: Page, name: RegExp): Promise<void> => {
  await page.getByRole('button', { name }).first().click();
  await page.getByRole('dialog').waitFor();
};
const keyFile = async (page: Page, path: string): Promise<void> => {
  await press(page, 'Choose a key file');
  await page.getByLabel('Folder', { exact: true }).fill(path);
  await press(page, 'Look at this file');
};

/** Every screen, with the states that matter. */
export const screens: readonly Screen[] = [
  { name: 'welcome', at: '?scenario=empty#/welcome' },
  { name: 'sites-empty', at: '?scenario=empty#/sites' },
  { name: 'sites', at: '#/sites' },
  { name: 'site-new', at: '?scenario=empty#/sites', reach: page => press(page, 'New site') },
  { name: 'node-add', at: '#/sites', reach: page => press(page, 'Add a node') },
  {
    name: 'node-look',
    at: '#/sites',
    reach: async page => {
      await press(page, 'Look at summit-1');
      await page.getByText('summit-1 answers').waitFor();
      await page.getByRole('button', { name: 'Install K3s here' }).scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'node-unreachable',
    at: '?scenario=stopped-by-no-cable#/sites',
    reach: page => press(page, 'Look at summit-1'),
  },
  {
    name: 'host-key',
    at: '?scenario=stopped-by-host-key#/sites',
    reach: async page => {
      await press(page, 'Look at summit-1');
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'password',
    at: '?scenario=stopped-by-password#/sites',
    reach: async page => {
      await press(page, 'Look at summit-1');
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'vault-new',
    at: '?scenario=stopped-by-new-vault#/sites',
    reach: async page => {
      await press(page, 'Look at summit-1');
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'vault-locked',
    at: '?scenario=stopped-by-locked-vault#/sites',
    reach: async page => {
      await press(page, 'Look at summit-1');
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'map',
    at: '#/map',
    reach: async page => {
      await mapped(page);
      await page.getByRole('group', { name: 'Picture of the network' }).scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'map-choice',
    at: '?scenario=map-new#/map',
    reach: async page => {
      await page.getByLabel('Another network or address').fill('10.0.0.0/16');
      await page.getByRole('radio', { name: 'Fast' }).check();
      await page.getByLabel('Type 10.0.0.0/16 again').scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'map-running',
    at: '?scenario=map-slow#/map',
    reach: async page => {
      await press(page, /^Scan/);
      await page.getByText('eth1 went away').waitFor();
      await page.getByText(/machines found so far/).waitFor();
    },
  },
  { name: 'map-table', at: '#/map', reach: tabled },
  { name: 'map-machine', at: '#/map', reach: page => ofMachine(page, /^summit-3/) },
  {
    name: 'map-join',
    at: '#/map',
    reach: async page => {
      await ofMachine(page, /^k3s-lab K3s server/);
      await press(page, 'This cluster is North station');
      await page.getByRole('dialog', { name: /really North station/ }).waitFor();
    },
  },
  {
    name: 'map-conflict',
    at: '#/map',
    reach: async page => {
      await page.getByText('One machine id, two machines').scrollIntoViewIfNeeded();
    },
  },
  { name: 'map-cable', at: '?scenario=map-cable#/map' },
  { name: 'map-empty', at: '?scenario=map-no-network#/map' },
  { name: 'bundles-empty', at: '?scenario=empty#/bundles' },
  { name: 'bundles', at: '#/bundles' },
  { name: 'bundle-files', at: '#/bundles', reach: page => press(page, 'Show the files of v1.35.2+k3s1') },
  { name: 'bundle-import', at: '#/bundles', reach: page => press(page, 'Import a bundle') },
  { name: 'install', at: '#/install' },
  { name: 'install-empty', at: '?scenario=empty#/install' },
  { name: 'install-options', at: '#/install', reach: options },
  {
    name: 'install-options-end',
    at: '#/install',
    reach: async page => {
      await options(page);
      await page.evaluate("document.querySelector('main').scrollTo(0, 100000)");
    },
  },
  { name: 'install-checked', at: '#/install', reach: checked },
  { name: 'install-plan', at: '#/install', reach: planned },
  {
    name: 'install-plan-commands',
    at: '#/install',
    reach: async page => {
      await planned(page);
      await press(page, 'Show every command');
    },
  },
  {
    name: 'practice',
    at: '?world=practice',
    reach: async page => {
      await page.getByRole('button', { name: 'Check the node' }).waitFor();
    },
  },
  { name: 'runs-empty', at: '?scenario=empty#/runs' },
  { name: 'runs', at: '#/runs' },
  { name: 'run-going', at: `#/run/${runs.going}`, reach: terminal },
  { name: 'run-passed', at: `#/run/${runs.passed}`, reach: terminal },
  { name: 'run-failed', at: `#/run/${runs.failed}`, reach: terminal },
  { name: 'run-cut', at: `#/run/${runs.cut}`, reach: terminal },
  {
    name: 'run-stop',
    at: `#/run/${runs.going}`,
    reach: async page => {
      await terminal(page);
      await press(page, 'Stop the run');
    },
  },
  {
    name: 'run-shell',
    at: `#/run/${runs.going}`,
    reach: async page => {
      await terminal(page);
      await press(page, 'Open a shell beside it');
      await page.locator('.shell .term-place[data-ready=true]').waitFor();
      await page.keyboard.type('df -h');
    },
  },
  {
    name: 'run-remove',
    at: `#/run/${runs.passed}`,
    reach: async page => {
      await press(page, 'Remove K3s …');
      await page.getByLabel('Name of the node').fill('summit-1');
    },
  },
  { name: 'shell', at: `#/shell/${nodes.summit}`, reach: terminal },
  { name: 'snapshots-empty', at: '?scenario=empty#/snapshots' },
  {
    name: 'snapshots',
    at: '#/snapshots',
    reach: async page => {
      await press(page, 'Look what the node holds');
      await page.getByRole('button', { name: /^Pull on-demand/ }).waitFor();
    },
  },
  {
    name: 'snapshot-proof',
    at: '#/snapshots',
    reach: async page => {
      await press(page, /^Show the proof: etcd-snapshot-summit-1\.north/);
      await page.getByText('What to read').first().scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'snapshot-unproven',
    at: '?scenario=unproven#/snapshots',
    reach: async page => {
      await press(page, /^Show the proof: etcd-snapshot-summit-1\.north/);
      await page.getByLabel('Server token').scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'snapshot-damaged',
    at: '#/snapshots',
    reach: async page => {
      await press(page, /^Show the proof: etcd-snapshot-summit-1-1794768000/);
      await page.getByText('What to read').first().scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'snapshot-file',
    at: '#/snapshots',
    reach: async page => {
      await page.getByLabel('Path of the file').fill('/media/technician/OLD/etcd-snapshot-hut-2-1795000000');
      await press(page, 'Prove the file');
      await page.getByLabel('Server token').scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'snapshot-remove',
    at: '#/snapshots',
    reach: async page => {
      await press(page, /^Remove etcd-snapshot-summit-1\.north/);
      await page.getByLabel('Type the name of the snapshot').fill('etcd-snapshot');
    },
  },
  {
    name: 'snapshot-gap',
    at: '#/snapshots',
    reach: async page => {
      await press(page, 'Look at the schedule');
      await page.getByText('Some days are not covered').scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'snapshot-gap-change',
    at: '#/snapshots',
    reach: async page => {
      await press(page, 'Look at the schedule');
      await press(page, 'Change the schedule …');
      await page.getByLabel('How many are kept').scrollIntoViewIfNeeded();
    },
  },
  { name: 'look', at: inside, reach: looked },
  { name: 'look-object', at: inside, reach: shown },
  { name: 'look-nothing', at: inside, reach: nothingFound },
  { name: 'look-images', at: inside, reach: compared },
  { name: 'look-changes', at: inside, reach: changed },
  {
    name: 'look-damaged',
    at: `?scenario=damaged${inside}`,
    reach: async page => {
      await page.getByRole('button', { name: 'Look all the same' }).waitFor();
    },
  },
  { name: 'restore', at: `#/restore/on/${nodes.summit}` },
  { name: 'restore-empty', at: '?scenario=empty#/restore' },
  { name: 'restore-way', at: restored, reach: ways },
  {
    name: 'restore-without',
    at: `#/restore/on/${nodes.summit}`,
    reach: async page => {
      await page.getByRole('radio', { name: 'No snapshot' }).check();
      await press(page, 'Go on without a snapshot');
      await page.getByRole('button', { name: /^This way: No snapshot/ }).waitFor();
    },
  },
  {
    name: 'restore-file',
    at: `#/restore/on/${nodes.summit}`,
    reach: async page => {
      await page.getByRole('radio', { name: 'A file from an old disk' }).check();
      await page.getByLabel('Path on this laptop').fill('/media/technician/OLD/etcd/member/snap/db');
      await press(page, 'Use this path');
      await page.getByRole('button', { name: /^This way: From the database file/ }).waitFor();
    },
  },
  {
    name: 'restore-records',
    at: `#/restore/on/${nodes.summit}`,
    reach: async page => {
      await page.getByRole('heading', { name: 'Restores of this site' }).scrollIntoViewIfNeeded();
    },
  },
  { name: 'restore-asked', at: restored, reach: restoreAsked },
  { name: 'restore-refused', at: `?scenario=one-server-more${restored}`, reach: restoreRefused },
  { name: 'restore-plan', at: restored, reach: restorePlanned },
  { name: 'supply-empty', at: '?scenario=empty#/supply' },
  { name: 'supply', at: '#/supply' },
  { name: 'supply-plan', at: '#/supply', reach: supplyPlanned },
  {
    name: 'supply-stick',
    at: '?scenario=stick-held#/supply',
    reach: async page => {
      await supplyReady(page);
      await page.getByText('There is room for it').scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'supply-full',
    at: '?scenario=stick-full#/supply',
    reach: async page => {
      await supplyReady(page);
      await page.getByText('There is not enough room').scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'supply-writing',
    at: '?scenario=stick-slow#/supply',
    reach: async page => {
      await supplyReady(page);
      await press(page, 'Write the bag');
      await page.getByRole('progressbar').scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'supply-written',
    at: '#/supply',
    reach: async page => {
      await supplyWritten(page);
      await page.getByRole('button', { name: 'Take out the stick' }).scrollIntoViewIfNeeded();
    },
  },
  { name: 'supply-bad', at: '?scenario=bag-bad#/supply', reach: supplyOut },
  { name: 'supply-safe', at: '#/supply', reach: supplyOut },
  { name: 'supply-busy', at: '?scenario=stick-busy#/supply', reach: supplyOut },
  {
    name: 'supply-second',
    at: '#/supply',
    reach: async page => {
      await supplyOut(page);
      await press(page, 'Write the same bag for a second courier');
      await page.getByText('The same bag once more').scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'supply-post',
    at: '#/supply',
    reach: async page => {
      await supplyReady(page);
      await page.getByText('Receipt refused').scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'supply-history',
    at: '#/supply',
    reach: async page => {
      await page.getByText('Unconfirmed since').scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'metrics',
    at: '#/metrics',
    reach: async page => {
      await page.getByRole('img', { name: /^API latency/ }).waitFor();
    },
  },
  {
    name: 'metrics-recording',
    at: '?scenario=metrics-recording#/metrics',
    reach: async page => {
      await page.getByText('1284 values').or(page.getByText('148 values')).first().waitFor();
    },
  },
  {
    name: 'metrics-failing',
    at: '?scenario=metrics-failing#/metrics',
    reach: async page => {
      await page.getByText('No answer came within 20 seconds.').waitFor();
    },
  },
  { name: 'metrics-none', at: '?scenario=metrics-none#/metrics' },
  {
    name: 'metrics-search',
    at: '#/metrics',
    reach: async page => {
      await page.getByLabel('Part of a name or label').fill('network');
      await press(page, 'node_network_receive_bytes_total');
      await page.getByRole('img', { name: /^node_network_receive_bytes_total/ }).scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'metrics-charts',
    at: '#/metrics',
    reach: async page => {
      await page.getByRole('heading', { name: 'etcd: size' }).scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'metrics-between',
    at: '#/metrics',
    reach: async page => {
      await press(page, 'Pull its log now');
      await page.getByText('12 samples were left out', { exact: false }).waitFor();
      await page.getByText('hq.example.org:443', { exact: true }).first().scrollIntoViewIfNeeded();
    },
  },
  { name: 'keys', at: '#/keys' },
  { name: 'keys-none', at: '?scenario=no-keys#/keys' },
  { name: 'keys-rotate', at: '#/keys', reach: page => press(page, 'Make another key') },
  {
    name: 'keys-root',
    at: '#/keys',
    reach: async page => {
      await keyFile(page, '/media/technician/HQ/root.pub');
      await page.getByLabel('Number of the root key').fill('00C0');
    },
  },
  {
    name: 'keys-list',
    at: '#/keys',
    reach: async page => {
      await keyFile(page, '/media/technician/HQ/keys-8.json');
      await page.getByRole('button', { name: 'Take this key list' }).waitFor();
    },
  },
  {
    name: 'keys-safe',
    at: '#/keys',
    reach: async page => {
      await press(page, 'Make a new key for the safe');
      await page.getByLabel('Name of the site').scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'keys-paper',
    at: '#/keys',
    reach: async page => {
      await press(page, /^Make the key for the safe$/);
      await page.getByRole('button', { name: 'Put it away' }).waitFor();
      await page.getByRole('region', { name: 'Key for the safe of' }).scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'keys-drill',
    at: '#/keys',
    reach: async page => {
      await press(page, 'Do the drill with the paper');
      await page.getByLabel('What stands on the paper').fill('AGE-SECR ET-KEY-1 QPZRY9X8');
      await page.getByRole('button', { name: 'Open the bag with it' }).scrollIntoViewIfNeeded();
    },
  },
  { name: 'rescue', at: '#/rescue' },
  { name: 'rescue-no-ports', at: `?scenario=no-ports${rescued}` },
  { name: 'rescue-cable', at: rescued },
  { name: 'rescue-line', at: rescued, reach: line },
  { name: 'rescue-found', at: rescued, reach: found },
  {
    name: 'rescue-by-hand',
    at: rescued,
    reach: async page => {
      await line(page);
      await byHand(page);
    },
  },
  { name: 'rescue-console', at: rescued, reach: opened },
  { name: 'rescue-maintenance', at: `?scenario=maintenance${rescued}`, reach: opened },
  { name: 'rescue-doctor', at: rescued, reach: atDoctor },
  { name: 'rescue-findings', at: rescued, reach: examined },
  {
    name: 'rescue-collecting',
    at: `?scenario=collecting${rescued}`,
    reach: async page => {
      await atDoctor(page);
      await press(page, 'Examine the node');
      await page.getByText('9 questions answered so far').waitFor();
    },
  },
  { name: 'rescue-healthy', at: `?scenario=healthy${rescued}`, reach: examined },
  { name: 'rescue-unknown', at: `?scenario=unknown${rescued}`, reach: examined },
  {
    name: 'rescue-evidence',
    at: rescued,
    reach: async page => {
      await examined(page);
      await press(page, 'Show Free space');
      await page.getByRole('dialog').getByRole('button', { name: 'Copy' }).waitFor();
    },
  },
  { name: 'rescue-remedy', at: rescued, reach: remedied },
  {
    name: 'rescue-plan',
    at: rescued,
    reach: async page => {
      await remedied(page);
      await page.getByLabel('Name of the node').fill('summit-1');
      await press(page, 'Show the plan');
      await page.getByRole('button', { name: 'Run the remedy' }).waitFor();
    },
  },
  {
    name: 'rescue-back',
    at: rescued,
    reach: async page => {
      await examined(page);
      await page.getByRole('button', { name: 'Show', exact: true }).last().click();
      await press(page, 'Read the host keys over the cable');
      await page.getByText('The host keys are pinned').waitFor();
    },
  },
  { name: 'run-remedied', at: `?scenario=remedied#/run/${runs.remedied}`, reach: terminal },
  {
    name: 'console',
    at: `#/console/${encodeURIComponent(cable)}`,
    reach: async page => {
      await byHand(page);
      await wholeConsole(page);
    },
  },
  { name: 'console-not-open', at: `#/console/${encodeURIComponent(cable)}` },
  {
    name: 'console-driven',
    at: `?scenario=driven#/console/${encodeURIComponent(cable)}`,
    reach: async page => {
      await byHand(page);
      await wholeConsole(page);
      await page.getByText('Coldstart is working on this console').waitFor();
    },
  },
  {
    name: 'console-break',
    at: `#/console/${encodeURIComponent(cable)}`,
    reach: async page => {
      await byHand(page);
      await wholeConsole(page);
      await press(page, 'Send SysRq …');
    },
  },
  {
    name: 'console-line',
    at: `#/console/${encodeURIComponent(cable)}`,
    reach: async page => {
      await byHand(page);
      await wholeConsole(page);
      await press(page, /^Line: /);
    },
  },
  { name: 'console-box', at: `#/console/${encodeURIComponent(cable)}`, reach: recorded },
  {
    name: 'console-box-jumped',
    at: `#/console/${encodeURIComponent(cable)}`,
    reach: async page => {
      await recorded(page);
      await page.locator('.find').nth(3).click();
      await page.locator('.box-lines .hit').waitFor();
    },
  },
  {
    name: 'console-box-empty',
    at: `?scenario=empty-box#/console/${encodeURIComponent(cable)}`,
    reach: async page => {
      await page.getByRole('radio', { name: 'Black box' }).check();
      await page.getByText('Nothing recorded yet').waitFor();
    },
  },
  { name: 'exercises', at: '?world=practice#/exercises' },
  {
    name: 'exercise-begun',
    at: '?world=practice#/exercises',
    reach: async page => {
      await press(page, 'Begin: A node that stops while it starts');
      await press(page, 'Show hint 1 of 3');
      await press(page, 'Check my work');
      await page.getByText('Not yet').waitFor();
    },
  },
  { name: 'exercises-real', at: '#/exercises' },
  { name: 'settings', at: '#/settings' },
  { name: 'settings-vault-open', at: '?scenario=open-vault#/settings' },
  {
    name: 'vault-change',
    at: '?scenario=open-vault#/settings',
    reach: async page => {
      await press(page, 'Change the passphrase');
      await page.getByRole('dialog').waitFor();
    },
  },
  { name: 'lost', at: '?scenario=lost#/sites' },
  { name: 'refused', at: '?scenario=refused#/sites' },
];
