import { FieldError } from './failure.ts';
import type { Carrier, Hello, HelloAnswer, PageCarrier } from './frames.ts';

/** What was heard before the host welcomed us. */
const noWelcome = (): FieldError =>
  new FieldError({
    code: 'gone-away',
    says: 'Coldstart on this laptop did not answer.',
    untouched: 'Nothing was asked of it yet.',
    next: 'See whether Coldstart is still running, and start it again if it is not.',
  });

/**
 * Says hello on a fresh carrier and gives it back as one for a client. Throws the host's failure when it refuses, and
 * `gone-away` when the carrier closes before an answer. Anything heard before the welcome is left over and dropped.
 */
export function sayHello(carrier: Carrier<unknown, unknown>, hello: Hello): Promise<PageCarrier> {
  return new Promise((done, failed) => {
    carrier.closed(() => failed(noWelcome()));
    carrier.hear(raw => {
      const answer = raw as HelloAnswer;
      if (answer?.t === 'welcome') done(carrier as PageCarrier);
      if (answer?.t !== 'refused') return;
      failed(new FieldError(answer.failure));
      carrier.close();
    });
    carrier.post(hello);
  });
}
