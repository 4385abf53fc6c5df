import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Script } from 'node:vm';
import { needsElsewhere } from '../../support/needs.ts';

const out = join(import.meta.dirname, '..', '..', '..', 'out', 'preload');

test(
  'the built gate is one file that a sandbox can load: it asks for nothing but electron',
  needsElsewhere(existsSync(out), 'a build (npm run build)'),
  () => {
    assert.deepEqual(readdirSync(out), ['preload.cjs']);
    const text = readFileSync(join(out, 'preload.cjs'), 'utf8');
    // A script, not a module: `import` and `export` would not compile here.
    assert.ok(new Script(`(function (require, module, exports) {${text}\n})`));
    const wanted = [...text.matchAll(/require\(\s*["']([^"']+)["']\s*\)/g)].map(found => found[1]);
    assert.deepEqual(wanted, ['electron']);

    const shown: Record<string, object> = {};
    const sent: unknown[][] = [];
    const electron = {
      contextBridge: { exposeInMainWorld: (name: string, value: object) => (shown[name] = value) },
      ipcRenderer: {
        send: (...words: unknown[]) => sent.push(words),
        on: () => undefined,
        invoke: () => undefined,
      },
    };
    const run = new Script(`(function (require) {${text}\n})`).runInThisContext() as (
      require: (name: string) => unknown,
    ) => void;
    run(() => electron);
    assert.deepEqual(Object.keys(shown), ['coldstart']);
    const gate = shown['coldstart'] as { post(frame: unknown): void };
    assert.deepEqual(Object.keys(gate).toSorted(), ['hear', 'post']);
    gate.post({ t: 'bye' });
    assert.deepEqual(sent, [['coldstart:frames', { t: 'bye' }]]);
    assert.equal(Object.values(gate).includes(electron.ipcRenderer.send as never), false);
  },
);
