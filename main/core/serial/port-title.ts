/** What an adapter tells of itself. */
interface Told {
  readonly device: string;
  readonly usb?: boolean;
  readonly builtIn?: boolean;
  readonly maker?: string;
  readonly product?: string;
  readonly vendorId?: string;
  readonly productId?: string;
}

/** Chips that name nobody a technician would know, or nothing at all. */
const chips: Readonly<Record<string, string>> = {
  '0403:6001': 'FTDI FT232R',
  '0403:6010': 'FTDI FT2232',
  '0403:6011': 'FTDI FT4232',
  '0403:6014': 'FTDI FT232H',
  '0403:6015': 'FTDI FT-X',
  '067b:2303': 'Prolific PL2303',
  '067b:23a3': 'Prolific PL2303GS',
  '10c4:ea60': 'Silicon Labs CP210x',
  '10c4:ea70': 'Silicon Labs CP2105',
  '1a86:5523': 'WCH CH341',
  '1a86:7523': 'WCH CH340',
  '1a86:55d4': 'WCH CH9102',
};

/** What a person would call a port: maker and product, else the chip, else what kind of port it is. */
export function portTitle({ device, usb, builtIn, maker, product, vendorId, productId }: Told): string {
  const short = device.replace(/^\/dev\//, '');
  const chip = chips[`${vendorId}:${productId}`.toLowerCase()];
  const named = [maker, product].filter(part => part !== undefined && part !== '').join(' ');
  // “1a86 USB Serial” helps nobody.
  const useful = /^(1a86|usb serial|usb2\.0-ser)/i.test(named) ? (chip ?? named) : named || (chip ?? '');
  if (useful !== '') return `${useful} (${short})`;
  if (usb === true) return `USB adapter (${short})`;
  return builtIn === true ? `Built-in port ${short}` : short;
}
