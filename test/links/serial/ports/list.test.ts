import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { holdersOf, runs } from '../../../../main/links/serial/ports/holders.ts';
import { linuxPorts } from '../../../../main/links/serial/ports/linux-list.ts';
import { foundPort } from '../../../../main/links/serial/ports/other-list.ts';
import { folder } from '../../../support/folder.ts';
import { needsRoot } from '../../../support/needs.ts';
import { ended } from '../../../support/pty-pair.ts';

/** A laptop's /sys and /dev, laid out as the kernel and udev do. */
function laptop(t: TestContext) {
  const root = folder(t);
  const sys = join(root, 'sys');
  const dev = join(root, 'dev');
  const tty = join(sys, 'class/tty');
  mkdirSync(tty, { recursive: true });
  mkdirSync(join(dev, 'serial/by-id'), { recursive: true });
  mkdirSync(join(dev, 'serial/by-path'), { recursive: true });
  const put = (path: string, files: Record<string, string>): string => {
    mkdirSync(join(sys, path), { recursive: true });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(sys, path, name), `${text}\n`);
    return join(sys, path);
  };
  const terminal = (name: string, at: string): void => {
    const entry = put(`${at}/tty/${name}`, {});
    symlinkSync(join(sys, at), join(entry, 'device'));
    symlinkSync(entry, join(tty, name));
    writeFileSync(join(dev, name), '');
  };
  return {
    places: { sys, dev },
    usb(name: string, socket: string, about: Record<string, string>, id?: string): void {
      put(`devices/pci0000:00/usb1/${socket}`, about);
      put(`devices/pci0000:00/usb1/${socket}/${socket}:1.0`, { bInterfaceNumber: '00' });
      terminal(name, `devices/pci0000:00/usb1/${socket}/${socket}:1.0/${name}`);
      rmSync(join(dev, 'serial/by-id', id ?? 'none'), { force: true });
      if (id !== undefined) symlinkSync(join(dev, name), join(dev, 'serial/by-id', id));
      symlinkSync(join(dev, name), join(dev, 'serial/by-path', `pci-0000:00-usb-0:${socket}:1.0-port0`));
    },
    builtIn(name: string, type: string): void {
      terminal(name, `devices/platform/serial8250/${name}`);
      writeFileSync(join(sys, `devices/platform/serial8250/${name}/tty/${name}/type`), `${type}\n`);
    },
    console(name: string): void {
      mkdirSync(join(tty, name));
    },
    dev: (name: string) => join(dev, name),
  };
}

const ftdi = {
  idVendor: '0403',
  idProduct: '6001',
  serial: 'A10KZP4R',
  manufacturer: 'FTDI',
  product: 'FT232R USB UART',
};
const ch340 = { idVendor: '1a86', idProduct: '7523', product: 'USB Serial' };

test('an adapter is listed by its stable name with maker, product and serial number', t => {
  const at = laptop(t);
  at.usb('ttyUSB0', '1-2', ftdi, 'usb-FTDI_FT232R_USB_UART_A10KZP4R-if00-port0');
  const [port] = linuxPorts(at.places);
  assert.deepEqual(port, {
    port: at.dev('serial/by-id/usb-FTDI_FT232R_USB_UART_A10KZP4R-if00-port0'),
    device: at.dev('ttyUSB0'),
    kind: 'usb',
    title: `FTDI FT232R USB UART (${at.dev('ttyUSB0')})`,
    vendorId: '0403',
    productId: '6001',
    serialNumber: 'A10KZP4R',
  });
});

test('of the ports a PC claims to have, only those with hardware are listed', t => {
  const at = laptop(t);
  at.builtIn('ttyS0', '4');
  at.builtIn('ttyS1', '0');
  for (const name of ['tty0', 'tty12', 'console', 'ptmx']) at.console(name);
  assert.deepEqual(
    linuxPorts(at.places).map(one => [one.device, one.kind]),
    [[at.dev('ttyS0'), 'built-in']],
  );
});

test('two adapters without serial numbers are told apart by their sockets', t => {
  const at = laptop(t);
  at.usb('ttyUSB0', '1-2', ch340, 'usb-1a86_USB_Serial-if00-port0');
  at.usb('ttyUSB1', '1-3', ch340, 'usb-1a86_USB_Serial-if00-port0');
  assert.deepEqual(
    linuxPorts(at.places).map(one => one.port),
    [
      at.dev('serial/by-path/pci-0000:00-usb-0:1-2:1.0-port0'),
      at.dev('serial/by-path/pci-0000:00-usb-0:1-3:1.0-port0'),
    ],
  );
  assert.match(linuxPorts(at.places)[0]?.title ?? '', /^WCH CH340 /);
});

test('without udev the device itself is the name', t => {
  const at = laptop(t);
  at.usb('ttyACM0', '1-4', ftdi);
  rmSync(at.dev('serial'), { recursive: true });
  assert.equal(linuxPorts(at.places)[0]?.port, at.dev('ttyACM0'));
});

test('this machine is listed without failing', () => {
  for (const port of linuxPorts()) assert.match(port.device, /^\/dev\//);
});

test('macOS and Windows ports keep their own names', () => {
  assert.equal(foundPort({ path: '/dev/tty.usbserial-1' }).device, '/dev/cu.usbserial-1');
  assert.deepEqual(
    foundPort({ path: 'COM3', vendorId: '0403', productId: '6001', friendlyName: 'USB Serial Port (COM3)' }),
    {
      port: 'COM3',
      device: 'COM3',
      kind: 'usb',
      title: 'USB Serial Port (COM3)',
      vendorId: '0403',
      productId: '6001',
    },
  );
});

test('the program that has a file open is found, and found gone when it ended', async t => {
  const path = join(folder(t), 'device');
  writeFileSync(path, '');
  const child = spawn('sh', ['-c', 'exec 9<"$1"; echo open; exec sleep 60', 'sh', path], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  t.after(() => ended(child));
  await new Promise(done => child.stdout.once('data', done));
  const holder = holdersOf([path]).get(path);
  assert.equal(holder?.pid, child.pid);
  assert.match(holder?.program ?? '', /^(sh|sleep|dash)$/);
  assert.equal(runs(holder?.program ?? ''), true);
  await ended(child);
  assert.equal(holdersOf([path]).size, 0);
});

test(
  'a program in a container, with a terminal of the same name, holds nothing here',
  needsRoot(),
  async t => {
    const path = join(folder(t), 'device');
    writeFileSync(path, 'ours');
    // A mount namespace of its own, in which that name is another file, as /dev/pts/0 is in a container.
    const child = spawn(
      'unshare',
      [
        '--mount',
        '--propagation=private',
        'sh',
        '-c',
        'mount -t tmpfs none "$1" && echo theirs >"$2" && exec 9<"$2"; echo open; exec sleep 60',
        'sh',
        dirname(path),
        path,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    t.after(() => ended(child, 'SIGKILL'));
    await new Promise(done => child.stdout.once('data', done));
    assert.equal(readlinkSync(`/proc/${child.pid}/fd/9`), path);
    assert.equal(holdersOf([path]).size, 0);
  },
);

test('a lock file of a program that ended does not hold a port', t => {
  const locks = folder(t);
  const device = '/dev/ttyCOLDSTART9';
  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  t.after(() => ended(child));
  writeFileSync(join(locks, 'LCK..ttyCOLDSTART9'), `${String(child.pid).padStart(10)}\n`);
  const places = { proc: '/proc', locks: [locks] };
  assert.equal(holdersOf([device], places).get(device)?.pid, child.pid);
  writeFileSync(join(locks, 'LCK..ttyCOLDSTART9'), '  99999999\n');
  assert.equal(holdersOf([device], places).size, 0);
});
