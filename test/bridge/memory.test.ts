import { memoryPair } from '../../main/bridge/memory-carrier.ts';
import { serve } from '../../main/bridge/serve.ts';
import { bridgeSuite } from './suite.ts';

bridgeSuite('an in-memory pair', async (t, handlers, options) => {
  const { host, page } = memoryPair();
  serve(host, handlers, options);
  t.after(() => page.close());
  return page;
});
