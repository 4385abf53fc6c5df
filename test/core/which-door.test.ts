import assert from 'node:assert/strict';
import { test } from 'node:test';
import { whichDoor } from '../../main/core/which-door.ts';
import type { Surroundings } from '../../main/core/which-door.ts';

const desktop: Surroundings = { platform: 'linux', env: { DISPLAY: ':0' }, uid: 1000, hasElectron: true };

test('a window needs an Electron program, a display and an ordinary user', () => {
  assert.equal(whichDoor(desktop).door, 'window');
  assert.equal(whichDoor({ ...desktop, env: { WAYLAND_DISPLAY: 'wayland-0' } }).door, 'window');
  assert.equal(whichDoor({ platform: 'win32', env: {}, hasElectron: true }).door, 'window');
  assert.equal(whichDoor({ platform: 'darwin', env: {}, uid: 501, hasElectron: true }).door, 'window');
});

test('where one of them is missing the browser opens, and the reason is said', () => {
  const browser = (given: Partial<Surroundings>, why: RegExp): void => {
    const { door, says } = whichDoor({ ...desktop, ...given });
    assert.equal(door, 'browser');
    assert.match(says, why);
  };
  browser({ hasElectron: false }, /no Electron.*npm run electron:get/);
  browser({ env: {} }, /no display/);
  browser({ env: { DISPLAY: '', WAYLAND_DISPLAY: '' } }, /no display/);
  browser({ uid: 0 }, /root/);
  browser({ browserAsked: true }, /you asked/);
});
