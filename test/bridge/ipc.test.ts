import { preloaded } from '../support/redirect-electron.ts';
import { worldsFrom } from '../../main/hosts/worlds.ts';
import { welcome } from '../../main/hosts/welcome.ts';
import { sayHello } from '../../preload/contract/hello.ts';
import { gateCarriers } from '../../renderer/bridge/gate-carrier.ts';
import type { Gate } from '../../renderer/bridge/gate-carrier.ts';
import { FakeContents, ipcRenderer } from '../support/electron.ts';
import { bridgeSuite } from './suite.ts';

const { hearPage } = await import('../../main/hosts/electron/ipc-carrier.ts');

bridgeSuite('the IPC of the window', async (t, handlers, serve) => {
  const contents = new FakeContents();
  contents.mainFrame.url = 'coldstart://app/';
  ipcRenderer.contents = contents;
  const worlds = worldsFrom(async () => ({ handlers, home: '', close: async () => {} }));
  const stop = hearPage(contents as never, {
    met: (carrier, first) => void welcome(carrier, first, worlds, () => undefined, serve),
    dropped: () => {},
  });
  t.after(stop);
  const { coldstart } = await preloaded();
  return await sayHello(gateCarriers(coldstart as Gate)(), { t: 'hello', world: 'real' });
});
