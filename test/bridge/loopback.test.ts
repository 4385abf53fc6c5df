import { letIn, loopback } from '../support/loopback.ts';
import { bridgeSuite } from './suite.ts';

bridgeSuite('the real loopback socket', async (t, handlers, serve) => {
  const door = await loopback(t, { handlers, ...(serve ? { serve } : {}) });
  return await (await letIn(door)).carrier();
});
