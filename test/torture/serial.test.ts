import { test } from 'node:test';
import { serialLinkTo } from '../support/serial-link.ts';
import { proveLink } from '../support/serial-proof.ts';
import { testFolder } from '../support/sshd.ts';

const seed = Number(process.env['COLDSTART_SEED'] ?? Date.now() % 1_000_000);
process.stdout.write(`serial: COLDSTART_SEED=${seed}\n`);

const shells = [
  ['bash', '--norc', '-i'],
  ['dash', '-i'],
  ['busybox', 'ash', '-i'],
] as const;
const thousandth = 0.001;
const bad = { drop: thousandth / 3, double: thousandth / 3, flip: thousandth / 3, kernel: thousandth };
const worse = { drop: thousandth, double: thousandth, flip: thousandth, kernel: thousandth };

// Two hundred commands and files in all, in parts that each fit the time a test may take.
for (let part = 0; part < 10; part++) {
  const shell = shells[part % shells.length] ?? shells[0];
  const how = part % 2 === 0 ? bad : worse;
  const rounds = part % 2 === 0 ? 30 : 10;
  test(`${rounds} commands and files over a ${how === bad ? 'bad' : 'worse'} line, part ${part + 1} (seed ${seed})`, async t => {
    const { link } = await serialLinkTo(t, shell, { how, seed: seed + part, patienceMs: 120_000 });
    const signal = AbortSignal.timeout(220_000);
    await proveLink(link, await testFolder(t), { rounds, seed: seed + part, signal });
  });
}
