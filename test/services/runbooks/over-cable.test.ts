import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SiteNode } from '../../../preload/contract/domain.ts';
import { overCable } from '../../../main/services/runbooks/over-cable.ts';
import { byStick } from '../../../main/services/runbooks/carry/steps.ts';
import type { Step } from '../../../main/services/runbooks/book.ts';

const node = (over: 'ssh' | 'serial', baud = 115_200): SiteNode =>
  ({
    name: 'cp1',
    over,
    cable: {
      port: '/dev/ttyUSB0',
      settings: { baud, dataBits: 8, parity: 'none', stopBits: 1, flow: 'none' },
    },
  }) as SiteNode;

const sending = (bytes: number): readonly Step[] => [
  {
    id: 'images',
    apply: [
      {
        is: 'upload',
        file: { name: 'k3s-airgap-images-amd64.tar.zst', bytes, sha256: 'ab'.repeat(32) },
        path: '/stage/images',
        mode: 0o600,
        endsAt: { path: '/var/lib/rancher/k3s/agent/images/k3s-airgap-images-amd64.tar.zst', mode: 0o600 },
      },
    ],
  } as unknown as Step,
];

test('how long files take over the cable stands in the plan, and nothing of it over SSH', () => {
  assert.deepEqual(overCable(node('ssh'), sending(2 ** 30)), { warnings: [] });
  const { warnings, carry } = overCable(node('serial'), sending(2 ** 20));
  assert.match(warnings[0] ?? '', /1 MiB .* 115200 .* about 2 min, unless cp1 has them/);
  assert.doesNotMatch(warnings[0] ?? '', /stick/);
  assert.equal(carry?.byStick, false);
});

test('what takes more than a quarter of an hour is better carried on a stick, and how is said', () => {
  const { warnings, carry } = overCable(node('serial'), sending(200 * 2 ** 20));
  assert.match(warnings[0] ?? '', /about 6 h.*stick is faster.*--by-stick FOLDER/);
  assert.deepEqual(carry?.files, ['k3s-airgap-images-amd64.tar.zst']);
  assert.ok((carry?.seconds ?? 0) > 15 * 60);
  const fast = overCable(node('serial', 1_500_000), sending(100 * 2 ** 20));
  assert.doesNotMatch(fast.warnings[0] ?? '', /stick/);
});

test('by stick, two steps come before the one that wants the files, and nothing is sent over the cable', () => {
  const { steps } = byStick({ title: 'Install', warnings: [], steps: sending(200 * 2 ** 20) }, 'cp1');
  assert.deepEqual(
    steps.map(({ id }) => id),
    ['stick', 'from-stick', 'images'],
  );
  assert.deepEqual(
    steps.at(-1)?.apply.map(action => action.is === 'upload' && action.byStick),
    [true],
  );
  const { warnings, carry } = overCable(node('serial'), steps);
  assert.equal(carry?.byStick, true);
  assert.match(warnings[0] ?? '', /200 MiB come to cp1 by stick \(folder coldstart-carry\)/);
});

test('a book without files is left as it is', () => {
  const book = { title: 'Look', warnings: [], steps: [] };
  assert.equal(byStick(book, 'cp1'), book);
});
