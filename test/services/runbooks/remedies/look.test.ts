import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { facts } from '../../../../main/core/runbook/preflight/facts.ts';
import { baseOf } from '../../../../main/core/runbook/remedies/base.ts';
import { baseLook } from '../../../../main/services/runbooks/remedies/look.ts';
import { failing } from '../../../support/failing.ts';
import { folder } from '../../../support/folder.ts';
import { needs } from '../../../support/needs.ts';
import { inShell, shells } from '../../../support/shells.ts';

for (const { name, start, tool } of shells)
  test(
    `${name}: the look before a remedy reads service, name, data and their folder`,
    needs(...(tool ? [tool] : [])),
    async t => {
      const at = folder(t);
      for (const part of [
        'etc/systemd/system',
        'etc/rancher/k3s',
        'run/systemd/system',
        'd/server/db/etcd/member',
      ])
        mkdirSync(join(at, part), { recursive: true });
      writeFileSync(join(at, 'etc/systemd/system/k3s.service'), '');
      writeFileSync(
        join(at, 'etc/rancher/k3s/config.yaml'),
        'token: "hidden"\nnode-name: "cp-1"\ndata-dir: /elsewhere\n',
      );
      const text = baseLook('/var/lib/rancher/k3s')
        .text.replaceAll(/ (\/etc|\/run\/systemd)/g, ` ${at}$1`)
        .replaceAll('c=/etc', `c=${at}/etc`)
        .replaceAll('/var/lib/rancher/k3s', `${at}/d`);
      const { stdout, stderr } = inShell(start, text);
      assert.equal(stderr, '');
      const seen = facts(stdout);
      assert.equal(seen.one('node.name'), 'cp-1', stdout);
      assert.equal(seen.one('unit'), 'k3s');
      assert.equal(seen.one('db'), 'etcd');
      assert.ok(!stdout.includes('hidden'));
      const { says } = await failing('refused', () => baseOf(seen, 0, 'cp1'));
      assert.match(says, /\/elsewhere/);
    },
  );
