import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { loader } from '../../../main/core/serial-exec/loader.ts';
import { request } from '../../../main/core/serial-exec/wire.ts';
import { seeded } from '../../support/hostile-line.ts';
import { needs } from '../../support/needs.ts';

const salt = '00112233445566778899aabb';

/** What one damaged character can make of a line: it is gone, it came twice, or it is another one. */
function damaged(line: string, random: () => number): string[] {
  const special = ['>', '<', ';', '&', '|', '*', "'", '"', '$', '`', '\n', '(', '#', ' '];
  return [...line].flatMap((char, i) => {
    const other = (to: string): string => line.slice(0, i) + to + line.slice(i + 1);
    const bit = String.fromCharCode((char.charCodeAt(0) ^ (1 << Math.floor(random() * 7))) & 0x7f);
    const some = special[Math.floor(random() * special.length)] ?? ';';
    return [other(''), other(char + char), other(bit === '\0' ? '' : bit), other(some)];
  });
}

/** A shell reads one line, and gives the next line to whoever asks for it with `ready`, as the laptop does. */
async function typedInto(
  shell: readonly [string, ...string[]],
  cwd: string,
  line: string,
  ready: string,
  next: string,
): Promise<string> {
  const [program, ...args] = shell;
  const child = spawn(program, [...args, line], { cwd, stdio: ['pipe', 'pipe', 'ignore'], timeout: 4000 });
  let said = '';
  let asked = false;
  child.stdin.on('error', () => undefined);
  const patience = setTimeout(() => child.stdin.end(), 500);
  child.stdout.setEncoding('latin1').on('data', (text: string) => {
    said += text;
    if (asked || !said.includes(ready)) return;
    asked = true;
    child.stdin.end(`${next}\n`);
  });
  await new Promise(done => child.on('close', done));
  clearTimeout(patience);
  return said;
}

const shells = [
  ['dash', ['dash', '-c'], ['dash']],
  ['bash', ['bash', '-c'], []],
  ['busybox ash', ['busybox', 'ash', '-c'], ['busybox']],
] as const;

for (const [name, shell, tools] of shells) {
  test(
    `whatever one character of the typed line becomes in ${name}, nothing unchecked is run`,
    needs(...tools),
    async t => {
      const cwd = mkdtempSync(join(tmpdir(), 'coldstart-loader-'));
      t.after(() => rmSync(cwd, { recursive: true, force: true }));
      const { typed, ready, payload, standing } = loader('1a2b3c4d', salt);
      const evil = join(cwd, 'evil');
      assert.match(await typedInto(shell, cwd, typed, ready, payload), new RegExp(standing));
      assert.doesNotMatch(await typedInto(shell, cwd, typed, ready, `touch ${evil}`), new RegExp(standing));
      // A part for every shell keeps the test short; the parts differ.
      const random = seeded(name.length);
      const lines = damaged(typed, random).filter(() => random() < 0.2);
      for (let at = 0; at < lines.length; at += 4)
        await Promise.all(
          lines
            .slice(at, at + 4)
            .map(line => typedInto(shell, cwd, line, ready, `touch ${evil}; touch evil`)),
        );
      assert.ok(!existsSync(evil), 'a line was run that nobody had checked');
      // A stray `>` before or behind `sh` can make an empty file of these names, and no other.
      assert.deepEqual(
        readdirSync(cwd).filter(file => !['sh', '-c'].includes(file)),
        [],
      );
    },
  );

  test(`a request does nothing in ${name} when another shell reads it`, needs(...tools), async t => {
    const cwd = mkdtempSync(join(tmpdir(), 'coldstart-loader-'));
    t.after(() => rmSync(cwd, { recursive: true, force: true }));
    const { line } = request(salt, 3, 'touch evil;a ok');
    await typedInto(shell, cwd, line, 'never', '');
    assert.deepEqual(readdirSync(cwd), []);
  });

  test(`the loop in ${name} runs a request only when all of it came`, needs(...tools), async t => {
    const cwd = mkdtempSync(join(tmpdir(), 'coldstart-loader-'));
    t.after(() => rmSync(cwd, { recursive: true, force: true }));
    const { payload } = loader('1a2b3c4d', salt);
    const good = request(salt, 3, `echo ran >>${join(cwd, 'witness')}`).line;
    const run = async (lines: readonly string[]): Promise<string> => {
      const [program, ...args] = shell;
      const child = spawn(program, [...args, payload], { cwd, stdio: ['pipe', 'pipe', 'ignore'] });
      let said = '';
      child.stdout.setEncoding('latin1').on('data', (text: string) => (said += text));
      child.stdin.end(lines.map(line => `${line}\n`).join(''));
      await new Promise(done => child.on('close', done));
      return said;
    };
    // A second space behind the sum is the same request to `read`.
    const words = (line: string): string => line.trim().replace(/^(\S+)\s+/, '$1 ');
    await run(damaged(good, seeded(5)).filter(line => words(line) !== good));
    assert.deepEqual(readdirSync(cwd), [], 'a damaged request was run');
    await run([good]);
    assert.deepEqual(readdirSync(cwd), ['witness']);
  });
}
