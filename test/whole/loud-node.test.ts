import assert from 'node:assert/strict';
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { failureIn } from '../support/coldstart.ts';
import { assets, fieldSite, k3sVersion } from '../support/field-site.ts';

/** A secret as it may lie around: as it is, in JSON, in hex, in base64 at each of its three places. */
function forms(secret: string): string[] {
  const base64 = [0, 1, 2].map(skip =>
    Buffer.from('x'.repeat(skip) + secret)
      .toString('base64')
      // the letters at both ends also hold bits of what stands beside
      .slice(skip === 0 ? 0 : 4, -4),
  );
  return [secret, JSON.stringify(secret).slice(1, -1), Buffer.from(secret).toString('hex'), ...base64];
}

test('a node that says its secrets aloud, plainly and in disguise, is not repeated', async t => {
  const site = await fieldSite(t);
  const { cli, node } = site;
  const path = assets(join(site.folder, 'assets'));
  const password = node.password.reveal();
  // The install script prints what it finds, colours it, breaks it, and fails.
  writeFileSync(
    join(path, 'install.sh'),
    `#!/bin/sh
token=$(sed -n 's/^token: *//p' /etc/rancher/k3s/config.yaml | tr -d '"')
echo "token is $token"
echo "json {\\"token\\":\\"$token\\"}"
echo "again: x$token" | base64 -w 0; echo
printf %s "$token" | base64 -w 20
printf '%s' "$token" | od -An -tx1 | tr -d ' \\n'; echo
echo "password ${password}"
printf '\\033[31m%s\\033[0m\\033[2J\\n' "$token"
echo "last words: $token and ${password} and $(printf %s "$token" | base64 -w 0)" >&2
exit 1
`,
  );
  await cli.done('bundle', 'import', path, '--consent', k3sVersion);
  const said = await cli.run('install', 'cp1', '--yes');
  const failure = failureIn(said, 'step-failed');
  assert.match(failure.says, /status 1/);
  const config = node.node.tree.read('/etc/rancher/k3s/config.yaml');
  const token = /^token: *"?([^"\n]+)/m.exec(config)?.[1] ?? '';
  assert.ok(token.length >= 32);
  const shown = await cli.run('run', 'show', said.json.id);

  for (const secret of [token, password])
    for (const form of forms(secret)) {
      for (const words of [said.stdout, said.stderr, shown.stdout])
        assert.ok(!words.includes(form), `${form} in ${words}`);
      for (const name of readdirSync(cli.home, { recursive: true, encoding: 'utf8' })) {
        // the script of this test itself, which says the password
        if (name.startsWith('bundles')) continue;
        const at = join(cli.home, name);
        if (statSync(at).isFile()) assert.ok(!readFileSync(at).includes(form), `${form} in ${name}`);
      }
    }
});
