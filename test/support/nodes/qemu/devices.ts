import type { Running } from './machine.ts';

/** A stick in the machine. */
export interface UsbStick {
  /** Pulls it out, whatever is being written. */
  yank(): Promise<void>;
  /** Puts it in again. */
  plug(): Promise<void>;
}

/** An NVMe disk in the machine. */
export interface NvmeDisk {
  /** Has its SMART say this critical warning from now on, e.g. 4: reliability degraded. 0 takes it back. */
  warn(bits: number): Promise<void>;
}

let made = 0;

/** Says one line to QEMU's monitor, which must not complain. */
async function said(machine: Pick<Running, 'hmp'>, line: string): Promise<void> {
  const text = (await machine.hmp(line)).replace(/^OK\s*/, '').trim();
  if (/error|could not|cannot|not found/i.test(text)) throw new Error(`${line}: ${text}`);
}

/** Puts in an NVMe disk of this image; the guest sees it as `/dev/nvme0n1` a second later. */
export async function nvmeDisk(
  machine: Pick<Running, 'hmp'>,
  image: string,
  serial = 'CSNVME1',
): Promise<NvmeDisk> {
  const id = `nvme${++made}`;
  await said(machine, `drive_add 0 if=none,id=${id},file=${image},format=raw`);
  await said(machine, `device_add nvme,drive=${id},id=u${id},serial=${serial}`);
  return {
    warn: bits => said(machine, `qom-set /machine/peripheral/u${id} smart_critical_warning ${bits}`),
  };
}

/** Plugs an image in as a USB stick; the guest sees it as `/dev/sda` a second later. */
export async function usbStick(
  machine: Pick<Running, 'hmp'>,
  image: string,
  options: { readonly readOnly?: boolean; readonly serial?: string } = {},
): Promise<UsbStick> {
  let id = '';
  const plug = async (): Promise<void> => {
    id = `stick${++made}`;
    const readOnly = options.readOnly === true ? ',readonly=on' : '';
    await said(machine, `drive_add 0 if=none,id=${id},file=${image},format=raw${readOnly}`);
    await said(
      machine,
      `device_add usb-storage,bus=xhci.0,drive=${id},id=u${id},removable=on,serial=${options.serial ?? 'CS0001'}`,
    );
  };
  await plug();
  return { plug, yank: () => said(machine, `device_del u${id}`) };
}
