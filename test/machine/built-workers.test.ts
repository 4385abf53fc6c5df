import assert from 'node:assert/strict';
import { existsSync, globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { WorkerReply } from '../../main/machine/workers/serve.ts';
import { needsElsewhere } from '../support/needs.ts';

const root = join(import.meta.dirname, '../..');
const out = join(root, 'out/workers');
const names = globSync('main/machine/workers/*.worker.ts', { cwd: root }).map(path =>
  basename(path, '.worker.ts'),
);

test(
  'every worker starts from the build and answers a job',
  needsElsewhere(existsSync(out), 'a build (npm run build)'),
  async () => {
    assert.ok(names.length >= 7);
    for (const name of names) {
      const worker = new Worker(join(out, `${name}.js`));
      try {
        const nowhere = {
          path: '/nowhere/a',
          from: '/nowhere/a',
          to: '/nowhere/b',
          identity: '',
          recipients: [],
          resume: false,
        };
        worker.postMessage({ job: nowhere, board: new SharedArrayBuffer(16) });
        const [reply] = (await once(worker, 'message')) as [WorkerReply];
        assert.notEqual(reply.is, 'done', name);
      } finally {
        await worker.terminate();
      }
    }
  },
);
