import { failureOf } from '../../preload/contract/failure.ts';
import type { Failure } from '../../preload/contract/failure.ts';
import type { Carrier, Hello, HelloAnswer, HostCarrier } from '../../preload/contract/frames.ts';
import { frameHello } from '../bridge/frame.ts';
import { serve } from '../bridge/serve.ts';
import type { ServeOptions } from '../bridge/serve.ts';
import type { Worlds } from './worlds.ts';

/** Lets a hello in (undefined), or says why not. */
export type Gate = (hello: Hello) => Failure | undefined;

const refusal = (failure: Failure): HelloAnswer => ({ t: 'refused', failure });

/**
 * Answers the first frame of a carrier: opens the world it names and serves it from then on, or refuses and closes.
 * Nobody may speak while the door is being opened.
 */
export async function welcome(
  carrier: Carrier<unknown, unknown>,
  first: unknown,
  worlds: Worlds,
  gate: Gate,
  options: ServeOptions = {},
): Promise<void> {
  const hello = frameHello(first);
  if (!hello) return carrier.close();
  const refuse = (failure: Failure): void => {
    carrier.post(refusal(failure));
    carrier.close();
  };
  carrier.hear(() => carrier.close());
  const barred = gate(hello);
  if (barred) return refuse(barred);
  try {
    const { handlers } = await worlds.open(hello.world);
    serve(carrier as HostCarrier, handlers, options);
    carrier.post({ t: 'welcome' } satisfies HelloAnswer);
  } catch (thrown) {
    if (failureOf(thrown).code === 'bug') options.onBug?.(thrown, 'hello');
    refuse(failureOf(thrown));
  }
}
