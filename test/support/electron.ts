import { EventEmitter } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A stand-in for the `electron` module: what the host registers is kept, and a test plays Electron's part. Messages are
 * copied and arrive later, as between real processes. It is put in place by `redirect-electron.ts`.
 */

export interface FakeFrame {
  url: string;
}

export class FakeContents extends EventEmitter {
  readonly mainFrame: FakeFrame = { url: 'about:blank' };
  readonly toPage = new EventEmitter();
  windowOpen: (() => { action: string }) | undefined;
  #destroyed = false;

  isDestroyed(): boolean {
    return this.#destroyed;
  }
  send(channel: string, frame: unknown): void {
    if (this.#destroyed) throw new TypeError('Object has been destroyed');
    const copy = structuredClone(frame);
    setImmediate(() => this.toPage.emit(channel, {}, copy));
  }
  setWindowOpenHandler(handler: () => { action: string }): void {
    this.windowOpen = handler;
  }
  destroy(): void {
    this.#destroyed = true;
    this.emit('destroyed');
  }
}

export const windows: BrowserWindow[] = [];

export class BrowserWindow extends EventEmitter {
  readonly options: Record<string, unknown>;
  readonly webContents = new FakeContents();
  readonly did: string[] = [];
  #minimized = false;

  constructor(options: Record<string, unknown>) {
    super();
    this.options = options;
    windows.push(this);
    app.emit('web-contents-created', {}, this.webContents);
  }
  async loadURL(url: string): Promise<void> {
    this.webContents.mainFrame.url = url;
    this.emit('ready-to-show');
  }
  show(): void {
    this.did.push('show');
  }
  minimize(): void {
    this.#minimized = true;
  }
  isMinimized(): boolean {
    return this.#minimized;
  }
  restore(): void {
    this.#minimized = false;
    this.did.push('restore');
  }
  focus(): void {
    this.did.push('focus');
  }
  isDestroyed(): boolean {
    return this.webContents.isDestroyed();
  }
  /** As the technician's click: the window may be asked to stay. */
  close(): void {
    if (this.isDestroyed() || this.#prevented()) return;
    this.destroy();
    if (windows.every(one => one.isDestroyed()) && !app.quitting) app.emit('window-all-closed');
  }
  destroy(): void {
    this.did.push('destroy');
    this.webContents.destroy();
  }
  #prevented(): boolean {
    let prevented = false;
    this.emit('close', { preventDefault: () => (prevented = true) });
    return prevented;
  }
}

class App extends EventEmitter {
  isPackaged = true;
  /** What was called, in order. */
  readonly did: string[] = [];
  readonly paths = new Map<string, string>();
  single = true;
  enableSandbox(): void {
    this.did.push('enableSandbox');
  }
  quitting = false;
  setPath(name: string, path: string): void {
    if (!existsSync(path)) throw new Error(`Failed to set path: ${path} does not exist`);
    this.paths.set(name, path);
  }
  requestSingleInstanceLock(): boolean {
    // Chromium puts its lock and much else into the profile, long before the app is ready.
    const profile = this.paths.get('userData');
    if (profile !== undefined) writeFileSync(join(profile, 'SingletonLock'), '');
    return this.single;
  }
  async whenReady(): Promise<void> {
    this.did.push('whenReady');
  }
  quit(): void {
    this.did.push('quit');
    this.quitting = true;
    for (const window of windows) window.close();
    this.quitting = false;
    // A window that stays calls the quitting off.
    if (windows.some(window => !window.isDestroyed())) return;
    this.emit('will-quit', { preventDefault: () => this.did.push('wait') });
  }
  exit(code: number): void {
    this.did.push(`exit ${code}`);
    this.emit('exited', code);
  }
}
export const app = new App();

export const ipcMain = new EventEmitter();

/** The page's half, for the contents a test looks at now. */
export const ipcRenderer = {
  contents: new FakeContents(),
  send(channel: string, frame: unknown): void {
    const copy = structuredClone(frame);
    const { contents } = this;
    const event = { sender: contents, senderFrame: contents.mainFrame };
    setImmediate(() => ipcMain.emit(channel, event, copy));
  },
  on(channel: string, listener: (event: unknown, frame: unknown) => void): void {
    this.contents.toPage.on(channel, listener);
  },
};

/** What the preload script has shown to the page, by name. */
export const shown = new Map<string, unknown>();
export const contextBridge = {
  exposeInMainWorld: (name: string, value: unknown): void => {
    shown.set(name, value);
  },
};

type Handler = (request: Request) => Promise<Response>;
export const protocol = {
  privileged: [] as { scheme: string; privileges: Record<string, boolean> }[],
  handlers: new Map<string, Handler>(),
  registerSchemesAsPrivileged(schemes: { scheme: string; privileges: Record<string, boolean> }[]): void {
    app.did.push('registerScheme');
    this.privileged.push(...schemes);
  },
  handle(scheme: string, handler: Handler): void {
    this.handlers.set(scheme, handler);
  },
};

type Answer = (granted: boolean) => void;
type OnRequest = (
  contents: unknown,
  permission: string,
  answer: Answer,
  details: { requestingUrl: string },
) => void;
type OnCheck = (contents: unknown, permission: string, origin: string) => boolean;
type OnFetch = (details: { url: string }, answer: (verdict: { cancel: boolean }) => void) => void;

class Session {
  request: OnRequest | undefined;
  check: OnCheck | undefined;
  device: (() => boolean) | undefined;
  before: OnFetch | undefined;
  readonly webRequest = {
    onBeforeRequest: (handler: OnFetch): void => {
      this.before = handler;
    },
  };
  setPermissionRequestHandler(handler: OnRequest): void {
    this.request = handler;
  }
  setPermissionCheckHandler(handler: OnCheck): void {
    this.check = handler;
  }
  setDevicePermissionHandler(handler: () => boolean): void {
    this.device = handler;
  }
}
export const session = { defaultSession: new Session() };

export const dialog = {
  shown: [] as string[],
  showErrorBox(title: string, content: string): void {
    this.shown.push(`${title}\n${content}`);
  },
  /** Questions that were asked, each waiting for the number of a button. */
  asked: [] as { readonly options: Question; readonly answer: (button: number) => void }[],
  showMessageBox(_window: BrowserWindow, options: Question): Promise<{ response: number }> {
    return new Promise(done => {
      this.asked.push({ options, answer: response => done({ response }) });
    });
  },
};

interface Question {
  readonly message: string;
  readonly detail: string;
  readonly buttons: readonly string[];
  readonly defaultId: number;
  readonly cancelId: number;
}

export const powerMonitor = new EventEmitter();

export const powerSaveBlocker = {
  started: new Map<number, string>(),
  last: 0,
  start(type: string): number {
    this.last += 1;
    this.started.set(this.last, type);
    return this.last;
  },
  stop(id: number): void {
    this.started.delete(id);
  },
};

/** Encrypts by turning bytes around: enough to see that nothing is kept in the clear. */
export const safeStorage = {
  available: true,
  backend: 'gnome_libsecret',
  isEncryptionAvailable(): boolean {
    return this.available;
  },
  getSelectedStorageBackend(): string {
    return this.backend;
  },
  encryptString: (text: string): Buffer => Buffer.from([...Buffer.from(text)].map(byte => byte ^ 255)),
  decryptString: (bytes: Buffer): string => Buffer.from([...bytes].map(byte => byte ^ 255)).toString('utf8'),
};
