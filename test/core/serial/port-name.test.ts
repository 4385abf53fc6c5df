import assert from 'node:assert/strict';
import { test } from 'node:test';
import { portName } from '../../../main/core/serial/port-name.ts';
import { FieldError } from '../../../preload/contract/failure.ts';

test('a port is a device, a network address or a socket, as it was typed', () => {
  const device = (path: string) => ({ is: 'device', path });
  assert.deepEqual(portName('/dev/serial/by-id/usb-FTDI-if00'), device('/dev/serial/by-id/usb-FTDI-if00'));
  assert.deepEqual(portName(' ttyUSB0 '), device('/dev/ttyUSB0'));
  assert.deepEqual(portName('com12'), device('COM12'));
  assert.deepEqual(portName('\\\\.\\COM12'), device('\\\\.\\COM12'));
  assert.deepEqual(portName('/tmp/a'), device('/tmp/a'));
  assert.deepEqual(portName('tcp://10.0.0.5:2001'), { is: 'tcp', host: '10.0.0.5', port: 2001 });
  assert.deepEqual(portName('tcp://[fe80::1%eth0]:23'), { is: 'tcp', host: 'fe80::1%eth0', port: 23 });
  assert.deepEqual(portName('rfc2217://console-server:7001/'), {
    is: 'rfc2217',
    host: 'console-server',
    port: 7001,
  });
  assert.deepEqual(portName('unix:/run/n.serial'), { is: 'unix', path: '/run/n.serial' });
  assert.deepEqual(portName('unix:///run/n.serial'), { is: 'unix', path: '/run/n.serial' });
});

test('what names no port is refused before anything is opened', () => {
  for (const text of [
    '',
    ' ',
    'tcp://host',
    'tcp://host:0',
    'tcp://host:70000',
    'http://host:80',
    'unix:',
    'a\0b',
  ])
    assert.throws(
      () => portName(text),
      (thrown: unknown) => thrown instanceof FieldError && thrown.failure.code === 'bad-ask',
      text,
    );
});
