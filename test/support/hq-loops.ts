import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { receiptIn } from '../../main/core/supply/receipt.ts';
import { folder } from './folder.ts';
import { bagSite, hqBench } from './hq-bags.ts';
import type { ReceiveAsk } from './receive-child.ts';

const child = join(import.meta.dirname, 'receive-child.ts');

const inChild = (ask: ReceiveAsk): Promise<{ readonly killed: boolean; readonly said: string }> =>
  new Promise(resolve => {
    execFile(process.execPath, [child, JSON.stringify(ask)], (error, said) =>
      resolve({ killed: error?.signal === 'SIGKILL', said }),
    );
  });

/** Everything an archive and a stick hold, as far as it is the same whenever it is done. */
function stateOf(archive: string, stick: string): object {
  const filesIn = (under: string): string[] =>
    existsSync(under)
      ? readdirSync(under, { recursive: true })
          .map(String)
          .filter(name => statSync(join(under, name)).isFile())
          .toSorted()
      : [];
  const receipts = (under: string): object[] =>
    filesIn(under)
      .filter(name => name.endsWith('.json'))
      .map(name => ({
        ...receiptIn(readFileSync(join(under, name), 'utf8'), name),
        receivedAt: '',
        signed: existsSync(join(under, `${name}.minisig`)),
      }));
  return {
    sites: filesIn(join(archive, 'sites')).map(name => [
      name,
      createHash('sha256')
        .update(readFileSync(join(archive, 'sites', name)))
        .digest('hex'),
    ]),
    receipts: receipts(join(archive, 'receipts')),
    onStick: receipts(join(stick, 'coldstart-from-hq/receipts')),
    left: ['incoming', 'opening', 'scratch', 'quarantine'].flatMap(name => filesIn(join(archive, name))),
  };
}

/**
 * Kills a receiving of two bags at so many steps, or at every one, and runs it again each time: the archive, the receipts
 * and the stick must come out as if nothing had happened.
 */
export async function killReceiving(t: TestContext, points?: number): Promise<void> {
  const hq = await hqBench(folder(t));
  const site = await bagSite();
  const bags = [(await hq.bag({ site, counter: 2 })).path, (await hq.bag({ site, counter: 1 })).path];
  const fresh = async (): Promise<void> => {
    rmSync(hq.archive, { recursive: true, force: true });
    rmSync(join(hq.stick, 'coldstart-from-hq'), { recursive: true, force: true });
    await hq.enroll();
  };
  const ask = { bags, identity: hq.at.identity, signKey: hq.at.signKey, to: hq.archive };
  await fresh();
  const { said } = await inChild({ ...ask, killAt: 0 });
  const { steps, is } = JSON.parse(said) as { steps: number; is: string[] };
  assert.deepEqual(is, ['received', 'received']);
  const wanted = stateOf(hq.archive, hq.stick);
  const seen = new Set<string>();
  const stops = points ?? steps - 1;
  for (let stop = 1; stop <= stops; stop += 1) {
    await fresh();
    const killAt = Math.ceil((steps * stop) / (stops + 1));
    const { killed } = await inChild({ ...ask, killAt });
    const at = `killed at step ${killAt} of ${steps}`;
    assert.ok(killed, `not ${at}`);
    seen.add(`${existsSync(join(hq.archive, 'sites'))} ${existsSync(join(hq.archive, 'opening'))}`);
    const again = await hq.receive(bags);
    assert.ok(
      again.bags.every(each => each.is === 'received' || each.is === 'again'),
      at,
    );
    assert.deepEqual(stateOf(hq.archive, hq.stick), wanted, at);
    const { sites } = await hq.status();
    assert.deepEqual(
      sites.map(each => [each.exports, each.missing]),
      [[2, []]],
      at,
    );
  }
  // It was caught before anything was opened, while something was open, and after something was in its place.
  assert.ok(seen.size >= 3, [...seen].join(' | '));
}
