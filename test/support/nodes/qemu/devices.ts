import type { Running } from './machine.ts';

/** A stick in the machine. */
export interface UsbStick {
  /** Pulls it out, whatever is being written. */
  yank(): Promise<void>;
  /** Puts it in again. */
  plug(): Promise<void>;
}

let made = 0;

/** Plugs an image in as a USB stick; the guest sees it as `/dev/sda` a second later. */
export async function usbStick(
  machine: Pick<Running, 'hmp'>,
  image: string,
  options: { readonly readOnly?: boolean; readonly serial?: string } = {},
): Promise<UsbStick> {
  let id = '';
  const said = async (line: string): Promise<void> => {
    const text = (await machine.hmp(line)).replace(/^OK\s*/, '').trim();
    if (/error|could not|cannot|not found/i.test(text)) throw new Error(`${line}: ${text}`);
  };
  const plug = async (): Promise<void> => {
    id = `stick${++made}`;
    const readOnly = options.readOnly === true ? ',readonly=on' : '';
    await said(`drive_add 0 if=none,id=${id},file=${image},format=raw${readOnly}`);
    await said(
      `device_add usb-storage,bus=xhci.0,drive=${id},id=u${id},removable=on,serial=${options.serial ?? 'CS0001'}`,
    );
  };
  await plug();
  return { plug, yank: () => said(`device_del u${id}`) };
}
