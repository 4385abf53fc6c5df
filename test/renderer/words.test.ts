import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { en } from '../../renderer/words/en.ts';

const renderer = join(import.meta.dirname, '..', '..', 'renderer');

/** Text that stands in a component itself: between two tags, or in an attribute that is read out or shown. */
const written = [
  /(?<![=-])>\s*([^<>{}()=;]*[A-Za-z]{2,}[^<>{}()=;]*)<\//g,
  /\s(?:aria-label|title|alt|placeholder|label|says)="([^"]*[A-Za-z]{2,}[^"]*)"/g,
];

test('every word the page shows comes from the words of a language, none from a component', () => {
  const found = globSync('**/*.tsx', { cwd: renderer }).flatMap(name => {
    const source = readFileSync(join(renderer, name), 'utf8');
    return written.flatMap(pattern =>
      [...source.matchAll(pattern)].map(match => `${name}: ${match[1]?.trim()}`),
    );
  });
  assert.deepEqual(found, []);
});

test('no word of a language is empty', () => {
  const empty: string[] = [];
  const walk = (value: unknown, at: string): void => {
    if (typeof value === 'string' && value.trim() === '') empty.push(at);
    if (typeof value === 'object' && value !== null)
      for (const [key, inner] of Object.entries(value)) walk(inner, `${at}.${key}`);
  };
  walk(en, 'en');
  assert.deepEqual(empty, []);
});

test('the page says in one place that a stick is safe to unplug, and shows it for the answer of the laptop only', () => {
  const said: string[] = [];
  const walk = (value: unknown, at: string): void => {
    if (typeof value === 'string' && /safe to (unplug|remove|pull)/i.test(value)) said.push(at);
    if (typeof value === 'object' && value !== null)
      for (const [key, inner] of Object.entries(value)) walk(inner, `${at}.${key}`);
  };
  walk(en, 'en');
  assert.deepEqual(said, ['en.supply.out.safe']);
  const shown = globSync('features/**/*.tsx', { cwd: renderer }).filter(name =>
    /title=\{words\.safe\}/.test(readFileSync(join(renderer, name), 'utf8')),
  );
  assert.deepEqual(shown, ['features/supply/OutPart.tsx']);
});
