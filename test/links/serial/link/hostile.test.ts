import test from 'node:test';
import { needs } from '../../../support/needs.ts';
import { serialLinkTo } from '../../../support/serial-link.ts';
import { proveLink } from '../../../support/serial-proof.ts';
import { testFolder } from '../../../support/sshd.ts';

// The long form, with many seeds and worse lines, is in test/torture/serial.test.ts.
for (const [name, shell, tools, how] of [
  ['one character in a thousand dropped', ['bash', '--norc', '-i'], [], { drop: 0.001, kernel: 0.001 }],
  ['one character in a thousand doubled', ['dash', '-i'], ['dash'], { double: 0.001, kernel: 0.001 }],
  [
    'one character in a thousand flipped',
    ['busybox', 'ash', '-i'],
    ['busybox'],
    { flip: 0.001, kernel: 0.001 },
  ],
] as const) {
  test(`${name}, and kernel messages between: no wrong result`, needs(...tools), async t => {
    const { link } = await serialLinkTo(t, shell, { how, seed: 7, patienceMs: 60_000 });
    await proveLink(link, await testFolder(t), { rounds: 6, seed: 7, signal: AbortSignal.timeout(120_000) });
  });
}
