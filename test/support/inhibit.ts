import { once } from 'node:events';
import { existsSync, readFileSync, watch, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { TestContext } from 'node:test';
import { folder } from './folder.ts';

/** Puts a stand-in for systemd-inhibit first in PATH: it says when it holds, with its words, and when it lets go. */
export function standIn(t: TestContext): {
  readonly at: string;
  readonly there: (name: string) => Promise<string>;
} {
  const at = folder(t);
  writeFileSync(
    join(at, 'systemd-inhibit'),
    `#!/bin/sh
cd '${at}' && printf '%s\\n' "$@" > words && mv words held
while [ "\${1#--}" != "$1" ]; do shift; done
"$@"; echo done > gone.new && mv gone.new gone
`,
    { mode: 0o755 },
  );
  const path = process.env['PATH'];
  process.env['PATH'] = `${at}${delimiter}${path ?? ''}`;
  t.after(() => (process.env['PATH'] = path));
  const there = async (name: string): Promise<string> => {
    const watching = watch(at);
    try {
      while (!existsSync(join(at, name))) await once(watching, 'change');
    } finally {
      watching.close();
    }
    return readFileSync(join(at, name), 'utf8');
  };
  return { at, there };
}
