import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { failureOf } from '../../../preload/contract/failure.ts';
import { bench } from './bench.ts';

const images = 'k3s-airgap-images-amd64.tar.zst';

test('what headquarters left out because the site has it is taken from the vault', async t => {
  const b = bench(t);
  const whole = await b.import();
  rmSync(join(b.stick, images));
  rmSync(join(b.stick, 'k3s'));
  const again = await b.import();
  assert.deepEqual([again.id, again.complete, again.copiedBytes], [whole.id, true, 0]);
  const checked = await b.verify();
  assert.equal(checked.complete, true);
});

test('a folder of only the signed manifest is the bundle that is in the vault, and nothing where it is not', async t => {
  const b = bench(t);
  for (const name of [images, 'k3s', 'install.sh']) rmSync(join(b.stick, name), { force: true });
  const refused = await b.import().catch((thrown: unknown) => failureOf(thrown));
  assert.ok('code' in refused);
  assert.match(refused.code, /bundle-incomplete|damaged/);
});

test('without the signature nothing is taken from the vault', async t => {
  const b = bench(t);
  await b.import();
  rmSync(join(b.stick, 'k3s'));
  rmSync(join(b.stick, 'coldstart-bundle.txt.minisig'));
  const refused = await b.import().catch((thrown: unknown) => failureOf(thrown));
  assert.ok('code' in refused && refused.code === 'bundle-incomplete');
});

test('a manifest that was changed to name other content of the vault is refused', async t => {
  const b = bench(t);
  await b.import();
  rmSync(join(b.stick, images));
  const manifest = join(b.stick, 'coldstart-bundle.txt');
  writeFileSync(
    manifest,
    readFileSync(manifest, 'utf8').replace(/^[0-9a-f]/m, x => (x === '0' ? '1' : '0')),
  );
  const refused = await b.import().catch((thrown: unknown) => failureOf(thrown));
  assert.ok('code' in refused && refused.code === 'bad-signature');
});
