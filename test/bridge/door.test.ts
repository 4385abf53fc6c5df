import { connect } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { openHomeDoor } from '../../main/hosts/node/door.ts';
import { streamCarrier } from '../../main/hosts/node/stream-carrier.ts';
import { worldsFrom } from '../../main/hosts/worlds.ts';
import { mostBytesToHost, mostBytesToPage } from '../../preload/contract/codec.ts';
import { sayHello } from '../../preload/contract/hello.ts';
import { folder } from '../support/folder.ts';
import { bridgeSuite } from './suite.ts';

bridgeSuite('the door of a home', async (t, handlers, serve) => {
  const path = join(folder(t), 'door.sock');
  const worlds = worldsFrom(async () => ({ handlers, home: '', close: async () => {} }));
  const door = await openHomeDoor({ path, world: 'real', worlds, ...(serve ? { serve } : {}) });
  t.after(() => door.close());
  const socket = connect(path);
  await once(socket, 'connect');
  const carrier = streamCarrier(socket, { mostOut: mostBytesToHost, mostIn: mostBytesToPage });
  return await sayHello(carrier, { t: 'hello', world: 'real' });
});
