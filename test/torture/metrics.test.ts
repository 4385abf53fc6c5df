import { test } from 'node:test';
import { killedAt } from '../support/killed-scrapes.ts';

test('killed at 200 random moments, at most the scrape of that moment is lost', t =>
  killedAt(
    t,
    Array.from({ length: 200 }, () => Math.random() ** 2 * 400),
  ));
