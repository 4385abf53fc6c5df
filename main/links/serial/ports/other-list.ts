import { portTitle } from '../../../core/serial/port-title.ts';
import type { FoundPort } from './linux-list.ts';

/** What serialport tells of one port on macOS and Windows. */
interface Told {
  readonly path: string;
  readonly manufacturer?: string | undefined;
  readonly serialNumber?: string | undefined;
  readonly vendorId?: string | undefined;
  readonly productId?: string | undefined;
  readonly friendlyName?: string | undefined;
}

/** Serial devices as serialport lists them; on Linux it would need udevadm. */
export async function otherPorts(): Promise<readonly FoundPort[]> {
  const { SerialPort } = await import('serialport');
  return (await SerialPort.list()).map(foundPort);
}

/** macOS names a port once for dialling in (`tty.`) and once for dialling out (`cu.`), which waits for no carrier. */
export function foundPort(told: Told): FoundPort {
  const device = told.path.replace(/^\/dev\/tty\./, '/dev/cu.');
  const vendorId = told.vendorId?.toLowerCase();
  const productId = told.productId?.toLowerCase();
  const { manufacturer, serialNumber, friendlyName } = told;
  const title =
    friendlyName ??
    portTitle({
      device,
      usb: vendorId !== undefined,
      ...(manufacturer && { maker: manufacturer }),
      ...(vendorId && { vendorId }),
      ...(productId && { productId }),
    });
  return {
    port: device,
    device,
    kind: vendorId === undefined ? 'other' : 'usb',
    title,
    ...(vendorId && { vendorId }),
    ...(productId && { productId }),
    ...(serialNumber && { serialNumber }),
  };
}
