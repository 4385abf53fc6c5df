import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ConsoleReader } from '../../../main/core/console/reader.ts';

const folder = join(import.meta.dirname, 'recordings');
type Recording = readonly (readonly [ms: number, text: string])[];

/** Through which states each real recording goes; the reader joins at its first byte and knows nothing before. */
const ways: Record<string, readonly string[]> = {
  'bash-open-quote': ['continuation'],
  'boot-to-emergency': ['booting', 'maintenance:password'],
  'boot-to-locked-root': ['booting', 'root-locked'],
  'boot-to-login': ['booting', 'login'],
  'busybox-ash': ['shell'],
  'busybox-less': ['pager'],
  'busybox-more': ['pager'],
  'busybox-vi': ['editor:vi'],
  'cold-boot-over-initramfs': ['silent', 'booting', 'initramfs:plain', 'booting', 'login'],
  dash: ['shell'],
  dmesg: ['shell'],
  'emergency-shell': ['shell'],
  'emergency-wrong-password': ['maintenance:password'],
  fish: ['shell', 'running', 'shell'],
  'forced-password-change': ['new-password'],
  'forced-password-change-left': ['new-password', 'login'],
  'kernel-message': ['other'],
  'less-dumb-terminal': ['pager'],
  'less-end': ['pager'],
  'less-short-file': ['pager'],
  'less-xterm': ['pager'],
  'locked-root-after-enter': ['root-locked'],
  'login-incorrect': ['password:command', 'login-failed'],
  'login-to-shell': ['shell'],
  more: ['pager'],
  nano: ['editor:nano'],
  'panic-and-reboot': ['panic:reboots', 'booting', 'login'],
  'reboot-from-shell': ['shell', 'running', 'booting', 'login'],
  'systemctl-pager': ['pager'],
  tcsh: ['shell'],
  'vim-new-file': ['editor:vi'],
  'vim-swap-file': ['other'],
  'vim-vt220': ['editor:vi'],
};

function read(name: string): Recording {
  const lines = readFileSync(join(folder, `${name}.jsonl`), 'utf8')
    .trimEnd()
    .split('\n');
  return lines.map(line => JSON.parse(line) as Recording[number]);
}

/** All states in their order, looked at every 50 ms and for 6 s beyond the end. */
function way(recording: Recording): string[] {
  const reader = new ConsoleReader(0);
  const seen: string[] = [];
  let now = 0;
  const look = (until: number): void => {
    for (; now < until; now += 50) {
      const { is, kind } = reader.state(now);
      const name = kind === undefined ? is : `${is}:${kind}`;
      if (seen.at(-1) !== name) seen.push(name);
    }
  };
  for (const [at, text] of recording) {
    look(at);
    reader.take(Buffer.from(text, 'latin1'), at);
  }
  look(now + 6000);
  return seen;
}

const gone = new Map<string, readonly string[]>();
/** The way of a recording; each is walked once. */
function wayOf(name: string): readonly string[] {
  const found = gone.get(name) ?? way(read(name));
  gone.set(name, found);
  return found;
}

/** What is only on the way and says nothing about the machine. */
const passing = new Set(['listening', 'password:checking']);

test('every recording has its way', () => {
  const there = readdirSync(folder).flatMap(file => (file.endsWith('.jsonl') ? [file.slice(0, -6)] : []));
  assert.deepEqual(there.sort(), Object.keys(ways).sort());
});

for (const [name, wanted] of Object.entries(ways))
  test(`the recording “${name}” goes through ${wanted.join(', ')}`, () => {
    const seen = wayOf(name).filter(state => !passing.has(state));
    let from = 0;
    for (const state of wanted) {
      const found = seen.indexOf(state, from);
      assert.ok(found >= 0, `${state} is missing in ${seen.join(', ')}`);
      from = found + 1;
    }
    assert.equal(seen.at(-1), wanted.at(-1));
  });

test('no real recording shows anything else than what was there', () => {
  const allowed: Record<string, readonly string[]> = {
    dmesg: ['booting'],
    'panic-and-reboot': ['booting'],
    'less-end': ['running'],
    'login-to-shell': ['other'],
    'cold-boot-over-initramfs': ['other'],
    'login-incorrect': ['other'],
  };
  for (const [name, wanted] of Object.entries(ways)) {
    const odd = wayOf(name).filter(
      state => !passing.has(state) && !wanted.includes(state) && !allowed[name]?.includes(state),
    );
    assert.deepEqual(odd, [], name);
  }
});

test('a real recording cut into single bytes ends the same', () => {
  for (const name of ['boot-to-login', 'nano', 'fish', 'vim-vt220', 'systemctl-pager', 'login-incorrect']) {
    const whole = read(name);
    const single = whole.flatMap(([at, text]) => [...text].map(char => [at, char] as const));
    assert.deepEqual(way(single), wayOf(name), name);
  }
});
