import assert from 'node:assert/strict';
import { test } from 'node:test';
import { terminalThemes } from '../../../renderer/ui/terminal/theme.ts';

const channel = (value: number): number =>
  value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
const light = (hex: string): number =>
  [0.2126, 0.7152, 0.0722].reduce(
    (sum, weight, i) => sum + weight * channel(Number.parseInt(hex.slice(1 + 2 * i, 3 + 2 * i), 16) / 255),
    0,
  );
/** The contrast of two colours as WCAG 2 defines it. */
const contrast = (a: string, b: string): number => {
  const [low = 0, high = 0] = [light(a), light(b)].toSorted((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
};

const backgrounds = new Set(['background', 'cursorAccent', 'selectionBackground']);

for (const name of ['light', 'dark'] as const)
  test(`every colour of the ${name} terminal can be read on its background`, () => {
    const theme = terminalThemes[name];
    for (const [key, value] of Object.entries(theme))
      if (typeof value === 'string' && !backgrounds.has(key))
        assert.ok(contrast(value, theme.background ?? '') >= 4.5, `${key} ${value} has too little contrast`);
  });
