import { contextBridge, ipcRenderer } from 'electron';

/** The gate between page and main: copies frames on one channel, and shows the page nothing else of Electron. */
const channel = 'coldstart:frames';

contextBridge.exposeInMainWorld('coldstart', {
  post: (frame: unknown) => ipcRenderer.send(channel, frame),
  hear: (listener: (frame: unknown) => void) => {
    ipcRenderer.on(channel, (_event, frame: unknown) => listener(frame));
  },
});
