import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { usualLine } from '../../preload/contract/serial.ts';
import type { ConsoleStateName } from '../../preload/contract/serial.ts';
import { consoles } from '../../main/links/serial/console/consoles.ts';
import { noBlackBoxes } from '../../main/links/serial/none.ts';
import { systemClock } from '../../main/machine/clock.ts';
import type { Console } from '../../main/ports.ts';
import type { PracticeStation } from '../../main/practice/station.ts';
import { practicePort } from '../../main/practice/wires/serial.ts';
import { loggedIn, typist } from './console.ts';
import { station } from './station.ts';

const brokenFstab = 'echo "LABEL=data /srv/data ext4 defaults 0 2" >>/etc/fstab';

async function quick(t: TestContext): Promise<PracticeStation> {
  const practice = await station(t);
  practice.serial.side.pace = 0.05;
  practice.serial.side.failDelayMs = 500;
  return practice;
}

/** What the SSH port says first; nothing when the node is not there. */
async function greeted({ address, port }: PracticeStation): Promise<string> {
  const socket = connect(port, address);
  socket.on('error', () => undefined);
  const said = await Promise.race([once(socket, 'data'), once(socket, 'close').then(() => [])]);
  socket.destroy();
  return String(said[0] ?? '');
}

/** The app's own console on the practice port. */
async function watched(t: TestContext, practice: PracticeStation): Promise<Console> {
  const all = consoles({
    ports: practice.serial.ports,
    detect: () => Promise.reject(new Error('the speed is known')),
    blackBoxes: noBlackBoxes,
    clock: systemClock,
  });
  t.after(() => all.close());
  return all.open(practicePort, usualLine, new AbortController().signal);
}

async function becomes(console: Console, wanted: ConsoleStateName): Promise<void> {
  for (let turn = 0; turn < 400 && console.state.is !== wanted; turn += 1) await systemClock.sleep(20);
  assert.equal(console.state.is, wanted, `${console.state.says} | ${console.state.saw}`);
}

describe('the practice console', { concurrency: 4 }, () => {
  test('a disk that is not there ends the boot in emergency mode, and a mended fstab leads out', async t => {
    const practice = await quick(t);
    const at = await loggedIn(t, practice);
    const seen = await at.ask(`${brokenFstab}; reboot\r`, /\(or press Control-D to continue\): $/);
    assert.match(
      seen,
      /Timed out waiting for device .*by-label.*data[^]*Dependency failed for[^]*You are in emergency mode[^]*Give root password for maintenance/,
    );
    assert.equal(await greeted(practice), '', 'nothing answers on the network');
    assert.match(await at.ask('wrong\r', /Login incorrect[^]*continue\): $/), /Login incorrect/);
    await at.ask(`${practice.password.reveal()}\r`, /# $/);
    assert.match(await at.ask('systemctl is-system-running\r', /# $/), /maintenance/);
    await at.ask('exit\r', /Give root password for maintenance[^]*continue\): $/);
    await at.ask(`${practice.password.reveal()}\r`, /# $/);
    await at.ask("sed -i 's/defaults/nofail/' /etc/fstab; systemctl default\r", /login: $/);
    assert.equal(practice.node.stage, 'up');
    const failed = await practice.run('systemctl list-units --state=failed --no-legend --plain --no-pager');
    assert.equal(failed.stdout, '');
    assert.match(await greeted(practice), /^SSH-2\.0-OpenSSH/);
  });

  test('a locked root opens no shell in emergency mode, but the boot loader does', async t => {
    const practice = await quick(t);
    practice.set({ root: 'locked' });
    await practice.run(brokenFstab);
    const at = await typist(t, practice);
    practice.reboot();
    await at.until(/root account is locked\.[^]*Press Enter to continue\.\r\n/);
    await at.ask('\r', /Press Enter to continue\.\r\n/);
    practice.set({ boot: 'grub' });
    practice.reboot();
    await at.ask('', /before booting or `c' for a command-line/);
    at.forget();
    await at.send('e');
    await at.until(/Press Ctrl-x or F10 to boot/);
    // The line with the kernel is the eighth.
    await at.send('\x1b[B\x1b[B\x1b[B\x1b[B\x1b[B\x1b[B\x1b[B\x05');
    await at.send(' SYSTEMD_SULOGIN_FORCE=1');
    await at.ask('\x18', /Press Enter for maintenance\r\n\(or press Control-D to continue\): $/);
    assert.match(await at.ask('\r', /# $/), /root@practice-node-1/);
  });

  test('BREAK and a letter are for the kernel, as far as Debian allows', async t => {
    const practice = await quick(t);
    const at = await loggedIn(t, practice);
    await at.line.sendBreak(5);
    await at.ask('h', /sysrq: HELP : loglevel/);
    await at.line.sendBreak(5);
    await at.ask('c', /sysrq: This sysrq operation is disabled/);
    await at.line.sendBreak(5);
    await at.ask('b', /sysrq: Resetting\r\n[^]*login: $/);
    assert.notEqual(practice.node.stage, 'panic');
  });

  test('two BREAKs make getty try its next speed', async t => {
    const practice = await quick(t);
    const at = await typist(t, practice);
    await at.ask('\r', /login: $/);
    await at.line.sendBreak(5);
    await at.line.sendBreak(5);
    await systemClock.sleep(200);
    assert.equal(practice.serial.side.uart.baud, 57_600);
    await at.line.set({ ...usualLine, baud: 57_600 });
    await at.ask('\r', /login: $/);
  });

  test('a carriage return at a much slower speed is a BREAK and garbage to the node', async t => {
    const practice = await quick(t);
    const at = await typist(t, practice, { baud: 9600 });
    await at.send('\r\r\r');
    await systemClock.sleep(200);
    assert.notEqual(practice.serial.side.uart.baud, 115_200);
  });

  test('a question of fsck is answered with y, and a panic stays a panic', async t => {
    const practice = await quick(t);
    practice.set({ boot: 'fsck' });
    const at = await typist(t, practice);
    practice.reboot();
    await at.until(/Fix<y>\? $/);
    await at.ask('y', /Fix<y>\? $/);
    await at.ask('y', /FILE SYSTEM WAS MODIFIED[^]*login: $/);
    practice.set({ boot: 'panic' });
    practice.reboot();
    await at.ask('', /---\[ end Kernel panic - not syncing.*\r\n/);
    at.forget();
    await at.send('\r\r');
    await systemClock.sleep(200);
    assert.equal(at.text(), '');
  });

  test('systemctl opens a pager when it does not fit, and nano mends a file', async t => {
    const practice = await quick(t);
    const at = await loggedIn(t, practice);
    assert.match(await at.ask('journalctl -b | cat; seq 200 | less\r', /lines 1-23\x1b\[27m/), /\r\n23\r\n/);
    await at.ask('G', /\(END\)/);
    await at.ask('q', /# $/);
    await at.ask('nano /tmp/note\r', /GNU nano/);
    await at.ask('first\rsecond', /second/);
    await at.ask('\x18', /Save modified buffer/);
    await at.ask('y', /File Name to Write/);
    await at.ask('\r', /# $/);
    await at.ask('vi /tmp/note\r', /"\/tmp\/note" 2L/);
    await at.ask('ddAnd more\x1b', /second/);
    await at.ask(':wq\r', /# $/);
    assert.match(await at.ask('cat /tmp/note\r', /# $/), /\rsecondnd more\r\n/);
  });

  const states: readonly (readonly [
    name: ConsoleStateName,
    bring: (practice: PracticeStation, console: Console) => Promise<unknown> | void,
  ])[] = [
    ['login', (_, console) => console.type(Buffer.from('\r'))],
    ['grub', practice => (practice.set({ boot: 'grub' }), practice.reboot())],
    ['initramfs', practice => (practice.set({ boot: 'initramfs' }), practice.reboot())],
    ['fsck', practice => (practice.set({ boot: 'fsck' }), practice.reboot())],
    ['panic', practice => (practice.set({ boot: 'panic' }), practice.reboot())],
    ['maintenance', async practice => (await practice.run(brokenFstab), practice.reboot())],
    [
      'root-locked',
      async practice => (
        practice.set({ root: 'locked' }),
        await practice.run(brokenFstab),
        practice.reboot()
      ),
    ],
  ];
  for (const [name, bring] of states)
    test(`the app recognises ${name} on it`, async t => {
      const practice = await quick(t);
      const console = await watched(t, practice);
      await systemClock.sleep(150);
      await bring(practice, console);
      await becomes(console, name);
    });

  for (const [name, command] of [
    ['shell', 'true'],
    ['pager', 'seq 300 | less'],
    ['editor', 'nano /etc/fstab'],
    ['editor', 'vi /etc/fstab'],
    ['continuation', 'echo "open'],
  ] as const)
    test(`the app recognises ${name} after “${command}”`, async t => {
      const practice = await quick(t);
      const at = await loggedIn(t, practice);
      await at.line.close();
      const console = await watched(t, practice);
      await console.type(Buffer.from(`${command}\r`));
      await becomes(console, name);
    });
});
