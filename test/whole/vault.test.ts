import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Secret } from '../../main/core/secret.ts';
import { systemChance } from '../../main/machine/chance.ts';
import { openHome } from '../../main/machine/home.ts';
import { openVault } from '../../main/machine/vault.ts';
import { openApp } from '../support/app.ts';
import { folder } from '../support/folder.ts';
import { needs } from '../support/needs.ts';
import { openChromium } from '../support/page/chromium.ts';

const root = join(import.meta.dirname, '..', '..');
const chance = systemChance;

test('the passphrase of the vault is changed from the command line, and only with the old one', async t => {
  const home = folder(t);
  const { vault: path } = openHome({ env: { COLDSTART_HOME: home }, world: 'real' });
  await openVault(path, { practice: false, chance }).create(new Secret('three cold huskies'));
  const file = (name: string, text: string): string => {
    writeFileSync(join(home, name), `${text}\n`, { mode: 0o600 });
    return join(home, name);
  };
  const change = (...args: readonly string[]) => {
    const { status, stdout } = spawnSync(
      process.execPath,
      [join(root, 'out/hosts/cli.js'), 'vault', 'passphrase', '--json', ...args],
      { env: { ...process.env, COLDSTART_HOME: home }, encoding: 'utf8', input: 'from standard input\n' },
    );
    return { status, said: JSON.parse(stdout) as { vault?: string; failure?: { code: string } } };
  };
  const old = ['--passphrase-file', file('old.txt', 'three cold huskies')];
  assert.equal(change().status, 3);
  assert.equal(change('--passphrase-file', '-', '--new-passphrase-file', '-').status, 2);
  const wrong = change('--passphrase-file', file('wrong.txt', 'huskies?'), '--new-passphrase-file', '-');
  assert.deepEqual([wrong.status, wrong.said.failure?.code], [5, 'wrong-passphrase']);
  assert.deepEqual(change(...old, '--new-passphrase-file', '-'), { status: 0, said: { vault: 'locked' } });
  await openVault(path, { practice: false, chance }).unlock(new Secret('from standard input'));
});

test(
  'the passphrase is changed on the settings screen, and the new one unlocks',
  needs('chromium'),
  async t => {
    const app = await openApp(folder(t));
    t.after(() => app.close());
    const chromium = await openChromium();
    t.after(() => chromium.close());
    const page = await chromium.browser.newPage();
    page.setDefaultTimeout(45_000);
    const click = (name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click();
    const type = (label: string, text: string): Promise<void> =>
      page.getByLabel(label, { exact: true }).fill(text);
    await page.goto(app.link);
    await page.getByRole('heading', { name: 'Welcome to Coldstart' }).waitFor();
    await page.evaluate(`location.hash = '#/settings'`);
    await click('Choose a passphrase');
    await type('Passphrase', 'three cold huskies');
    await type('The same once more', 'three cold huskies');
    await click('Create the vault');
    await page.getByText('asked for at each start').waitFor();

    await click('Change the passphrase');
    await type('The passphrase it has now', 'three hot huskies');
    await type('The new passphrase', 'a lantern in the hut');
    await type('The same once more', 'a lantern in the hut');
    await click('Change it');
    await page.getByText('That is not the passphrase of this vault.').waitFor();
    await type('The passphrase it has now', 'three cold huskies');
    await click('Change it');
    await page.getByText('The passphrase was changed.').waitFor();

    await click('Lock now');
    await click('Unlock');
    await type('Passphrase', 'a lantern in the hut');
    await page.getByRole('dialog').getByRole('button', { name: 'Unlock' }).click();
    await page.getByRole('button', { name: 'Lock now' }).waitFor();
  },
);
