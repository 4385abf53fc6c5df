import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SiteNode } from '../../../preload/contract/domain.ts';
import { overCable } from '../../../main/services/runbooks/over-cable.ts';
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
    apply: [
      {
        is: 'upload',
        file: { name: 'k3s-airgap-images-amd64.tar.zst', bytes },
        path: '/stage/images',
        mode: 0o600,
        endsAt: { path: '/var/lib/rancher/k3s/agent/images/k3s-airgap-images-amd64.tar.zst', mode: 0o600 },
      },
    ],
  } as unknown as Step,
];

test('how long files take over the cable stands in the plan, and nothing of it over SSH', () => {
  assert.deepEqual(overCable(node('ssh'), sending(2 ** 30)), []);
  const [says = ''] = overCable(node('serial'), sending(2 ** 20));
  assert.match(says, /1 MiB .* 115200 .* about 2 min, unless cp1 has them/);
  assert.doesNotMatch(says, /stick/);
});

test('what takes more than a quarter of an hour is better carried on a stick, and to where is said', () => {
  const [says = ''] = overCable(node('serial'), sending(200 * 2 ** 20));
  assert.match(says, /about 6 h/);
  assert.match(says, /stick.*k3s-airgap-images-amd64\.tar\.zst to \/var\/lib\/rancher.* \(root, 0600\)/);
  const [fast = ''] = overCable(node('serial', 1_500_000), sending(100 * 2 ** 20));
  assert.doesNotMatch(fast, /stick/);
});
