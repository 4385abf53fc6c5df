import type { ConsoleSide } from './side.ts';

/** Whether the console lets this user in with this password. A locked account never does. */
export function rightPassword(side: ConsoleSide, name: string, password: string): boolean {
  const { station } = side;
  const known = name === 'root' || name === station.loginUser;
  return known && !(name === 'root' && rootLocked(side)) && password === station.sudoPassword.reveal();
}

/** Whether /etc/shadow has a password for root at all. */
export function rootLocked(side: ConsoleSide): boolean {
  const { tree } = side.station;
  const line = tree.peek('/etc/shadow') ? /^root:([^:]*):/m.exec(tree.read('/etc/shadow')) : null;
  return /^[!*]/.test(line?.[1] ?? '*');
}
