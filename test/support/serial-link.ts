import type { TestContext } from 'node:test';
import { usualLine } from '../../preload/contract/serial.ts';
import type { LineSettings } from '../../preload/contract/serial.ts';
import { SerialLink } from '../../main/links/serial/link/link.ts';
import { systemChance } from '../../main/machine/chance.ts';
import { systemClock } from '../../main/machine/clock.ts';
import type { Target } from '../../main/ports.ts';
import { testLine } from './hostile-line.ts';
import type { TestLine } from './hostile-line.ts';

/** A serial link to a real shell behind a test line; both are closed with the test. */
export async function serialLinkTo(
  t: TestContext,
  shell: readonly [string, ...string[]],
  options: NonNullable<Parameters<typeof testLine>[1]> & {
    readonly settings?: LineSettings;
    readonly secret?: Target['secret'];
    readonly patienceMs?: number;
  } = {},
): Promise<{ readonly link: SerialLink; readonly line: TestLine }> {
  const line = testLine(shell, options);
  let link: SerialLink | undefined;
  t.after(async () => {
    await link?.close();
    line.close();
  });
  link = await linkOver(line, options);
  return { link, line };
}

/** A serial link over a line that is there already. */
export function linkOver(
  line: TestLine,
  options: {
    readonly settings?: LineSettings;
    readonly secret?: Target['secret'];
    readonly patienceMs?: number;
  } = {},
): Promise<SerialLink> {
  const secret = options.secret ?? (() => undefined);
  const target: Target = {
    name: 'hut-7',
    address: '',
    port: 22,
    user: 'tester',
    login: { is: 'password' },
    cable: { port: '/dev/ttyUSB0' },
    secret,
  };
  return SerialLink.open(
    {
      held: line,
      target,
      name: target.name,
      settings: options.settings ?? usualLine,
      clock: systemClock,
      chance: systemChance,
    },
    { user: target.user, name: target.name, secret },
    AbortSignal.timeout(options.patienceMs ?? 20_000),
  );
}
