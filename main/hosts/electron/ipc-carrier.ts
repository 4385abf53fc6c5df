import { ipcMain } from 'electron';
import type { IpcMainEvent, WebContents } from 'electron';
import { mostBytesToHost, mostBytesToPage } from '../../../preload/contract/codec.ts';
import { bye } from '../../../preload/contract/frames.ts';
import type { Carrier } from '../../../preload/contract/frames.ts';
import { isWithin } from '../../../preload/contract/weight.ts';
import { Ends } from '../../bridge/ends.ts';
import { isOurs } from './page-address.ts';

/** The one channel between page and main; the preload script knows the same name. */
export const channel = 'coldstart:frames';

/** Whether a message came from the page we showed: our contents, its top frame, our address. */
export function isOurPage(
  event: Pick<IpcMainEvent, 'sender' | 'senderFrame'>,
  contents: WebContents,
): boolean {
  const frame = event.senderFrame;
  return event.sender === contents && frame !== null && frame === contents.mainFrame && isOurs(frame.url);
}

export interface PageMet {
  /** A page said its first frame; from now on `carrier` is its own. */
  readonly met: (carrier: Carrier<unknown, unknown>, first: unknown) => void;
  /** A message was dropped: it is not from our page, or larger than a frame may be. */
  readonly dropped: (why: string) => void;
}

const kindOf = (frame: unknown): unknown => (frame as { t?: unknown } | null | undefined)?.t;
const isHello = (frame: unknown): boolean => kindOf(frame) === 'hello';
const isBye = (frame: unknown): boolean => kindOf(frame) === 'bye';

/**
 * Hears the page of these contents. Every hello begins a new carrier; the one before ends with it, and so it does when
 * the page is left, loaded again, or dies. Returns how to stop hearing.
 */
export function hearPage(contents: WebContents, { met, dropped }: PageMet): () => void {
  let ends: Ends<unknown> | undefined;
  const end = (): void => {
    ends?.shut();
    ends = undefined;
  };
  /** As on a socket, a frame that is too large ends the carrier, and the page hears of it. */
  const refuse = (): void => {
    dropped('it is larger than a frame may be.');
    if (ends && !contents.isDestroyed()) contents.send(channel, bye);
    end();
  };
  const begin = (first: unknown): void => {
    end();
    const mine = new Ends<unknown>();
    ends = mine;
    const carrier: Carrier<unknown, unknown> = {
      post: frame => {
        if (!isWithin(frame, mostBytesToPage))
          throw new RangeError(`a frame is larger than the ${mostBytesToPage} bytes allowed here`);
        if (mine.isOpen && !contents.isDestroyed()) contents.send(channel, frame);
      },
      hear: listener => mine.hear(listener),
      closed: listener => mine.closed(listener),
      close: () => {
        if (mine.isOpen && !contents.isDestroyed()) contents.send(channel, bye);
        mine.shut();
      },
    };
    met(carrier, first);
  };
  const hear = (event: IpcMainEvent, frame: unknown): void => {
    if (!isOurPage(event, contents))
      return dropped(`${event.senderFrame?.url ?? 'a frame that is gone'} is not the page of Coldstart.`);
    if (!isWithin(frame, mostBytesToHost)) return refuse();
    if (isHello(frame)) begin(frame);
    else if (isBye(frame)) end();
    else ends?.deliver(frame);
  };
  ipcMain.on(channel, hear);
  contents.on('did-start-navigation', details => {
    if (details.isMainFrame && !details.isSameDocument) end();
  });
  contents.on('render-process-gone', end);
  contents.on('destroyed', end);
  return () => {
    ipcMain.off(channel, hear);
    end();
  };
}
