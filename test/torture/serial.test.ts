import { test } from 'node:test';
import { usualLine } from '../../preload/contract/serial.ts';
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

// Old consoles are slow: the same on a bad line that carries no more than its speed.
for (const [baud, rounds] of [
  [1200, 2],
  [9600, 6],
  [115_200, 20],
] as const)
  test(`${rounds} commands and files over a bad line of ${baud} baud (seed ${seed})`, async t => {
    const settings = { ...usualLine, baud };
    const options = { how: { ...bad, baud }, seed, settings, patienceMs: 300_000 };
    const { link } = await serialLinkTo(t, shells[1], options);
    const signal = AbortSignal.timeout(900_000);
    await proveLink(link, await testFolder(t), { rounds, seed, signal });
  });
