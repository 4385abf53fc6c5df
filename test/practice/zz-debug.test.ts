import { test } from 'node:test';
import { readFileSync } from 'node:fs';
import { station } from './station.ts';
import { saying } from '../../main/services/runbooks/remedies/look.ts';
test('debug', async t => {
  const practice = await station(t);
  practice.serial.side.pace = 0.02;
  await practice.breakWith('emergency-fstab');
  await new Promise(d => setTimeout(d, 3000));
  const src = readFileSync('/work/main/main/services/runbooks/remedies/fix-fstab.ts', 'utf8');
  const body = /\$\{saying\}\$\{String\.raw`([\s\S]*?)`\}`;/.exec(src)?.[1] ?? '';
  for (const text of [`[ -d /run/systemd/system ] && echo yes; ls -ld /run/systemd/system`, saying + '[ -d /run/systemd/system ] && say init systemd', saying + body]) {
    const r = await practice.run(text);
    process.stderr.write(JSON.stringify(r, null, 1).slice(0, 1500) + '\n');
  }
});
