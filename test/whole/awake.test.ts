import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { commandLine } from '../support/coldstart.ts';
import { folder } from '../support/folder.ts';
import { standIn } from '../support/inhibit.ts';
import { needsElsewhere } from '../support/needs.ts';
import { resourcesFolder } from '../../main/version.ts';

test(
  'an install from the command line keeps the laptop awake while it runs, and no longer',
  needsElsewhere(process.platform === 'linux', 'Linux'),
  async t => {
    const cli = commandLine(folder(t), ['--practice']);
    const bundle = join(resourcesFolder(), 'practice', 'bundle');
    await cli.done('bundle', 'import', bundle);
    const { nodes } = await cli.done('node', 'list');
    const { there } = standIn(t);
    await cli.done('install', nodes[0].name, '--yes');
    assert.match(await there('held'), /--what=idle:sleep/);
    await there('gone');
  },
);
