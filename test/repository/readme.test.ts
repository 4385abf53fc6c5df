import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { verbs } from '../../main/cli/verbs/all.ts';

const root = join(import.meta.dirname, '..', '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

test('the README lists every command with what it does', () => {
  const table = [
    '| command | what it does |',
    '|---|---|',
    // a bar inside a cell is escaped, or it would end the cell
    ...verbs.map(v => `| \`${[v.name, ...v.takes].join(' ').replaceAll('|', '\\|')}\` | ${v.says} |`),
  ];
  const between = /<!-- verbs:begin -->\n([\s\S]*?)\n?<!-- verbs:end -->/.exec(readme)?.[1];
  assert.equal(between?.trim(), table.join('\n'));
});

test('every npm script the README names is there, and CI runs the README’s test command', () => {
  for (const [, name] of readme.matchAll(/npm run (?:-s )?([a-z:]+)/g))
    assert.ok(name && scripts[name], `npm run ${name}`);
  const first = /```sh\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const command = /^(npm ci && npm test)\b/m.exec(first)?.[1];
  assert.ok(command);
  assert.ok(readFileSync(join(root, '.ci/run'), 'utf8').trimEnd().endsWith(command));
});
