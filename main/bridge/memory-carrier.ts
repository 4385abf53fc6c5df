import type { Carrier, HostCarrier, PageCarrier, ToHost, ToPage } from '../../preload/contract/frames.ts';
import { Ends } from './ends.ts';

function end<Out, In>(mine: Ends<In>, other: Ends<Out>): Carrier<Out, In> {
  return {
    post: frame => {
      if (!mine.isOpen) return;
      // A copy, as on every other carrier: neither side can change what the other holds.
      const copy = structuredClone(frame);
      queueMicrotask(() => other.deliver(copy));
    },
    hear: listener => mine.hear(listener),
    closed: listener => mine.closed(listener),
    close: () => {
      mine.shut();
      // Behind what was posted before the close.
      queueMicrotask(() => other.shut());
    },
  };
}

/** Two ends of a carrier inside one process, for the CLI and for tests. Frames are copied and arrive later, in order. */
export function memoryPair(): { readonly host: HostCarrier; readonly page: PageCarrier } {
  const host = new Ends<ToHost>();
  const page = new Ends<ToPage>();
  return { host: end(host, page), page: end(page, host) };
}
