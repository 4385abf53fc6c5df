import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ExpositionReader } from '../../../main/core/metrics/exposition.ts';
import { namedIn, seriesName } from '../../../main/core/metrics/series-name.ts';

const now = Date.parse('2026-11-23T12:00:00Z');

function samples(reader: ExpositionReader, text: string): Record<string, number> {
  const { ids, values } = reader.read(text, now);
  return Object.fromEntries([...ids].map((id, i) => [reader.names[id], values[i]]));
}

suite('a scrape in the text format', () => {
  test('every way of writing a sample is read', () => {
    const text = [
      '# HELP http_requests_total The total number of HTTP requests.',
      '# TYPE http_requests_total counter',
      'http_requests_total{method="post",code="200"} 1027 1395066363000',
      'msdos_file_access_time_seconds{path="C:\\\\DIR\\\\FILE.TXT",error="Cannot find:\\n\\"it\\""} 1.458255915e9',
      'metric_without_timestamp_and_labels 12.47',
      '',
      'tabbed{a="}"}\t3',
      'something_weird{problem="division by zero"} +Inf -3982045',
      'low -Inf',
      'none NaN',
      'spaced { b = "2" , a = "1", }  7',
      'empty{a="",b="x"} 1e-3',
      '',
    ].join('\n');
    assert.deepEqual(samples(new ExpositionReader(), text), {
      'http_requests_total{code="200",method="post"}': 1027,
      'msdos_file_access_time_seconds{error="Cannot find:\\n\\"it\\"",path="C:\\\\DIR\\\\FILE.TXT"}': 1458255915,
      metric_without_timestamp_and_labels: 12.47,
      'tabbed{a="}"}': 3,
      'something_weird{problem="division by zero"}': Infinity,
      low: -Infinity,
      none: NaN,
      'spaced{a="1",b="2"}': 7,
      'empty{b="x"}': 0.001,
    });
  });

  test('a series keeps its number, wherever it comes and however its labels are ordered', () => {
    const reader = new ExpositionReader();
    assert.deepEqual(samples(reader, 'a 1\nb{x="1",y="2"} 2\n'), { a: 1, 'b{x="1",y="2"}': 2 });
    assert.deepEqual(samples(reader, 'b{y="2",x="1"} 3\nc 5\na 4\n'), { 'b{x="1",y="2"}': 3, c: 5, a: 4 });
    assert.deepEqual(reader.names, ['a', 'b{x="1",y="2"}', 'c']);
  });

  test('a name that begins like another is not taken for it', () => {
    const reader = new ExpositionReader();
    samples(reader, 'load 1\n');
    assert.deepEqual(samples(reader, 'load1 7\nload 2\n'), { load1: 7, load: 2 });
  });

  test('what is malformed is counted and shown, and the rest is kept', () => {
    const reader = new ExpositionReader();
    const { faults, ids } = reader.read(
      'good 1\n<html>busy</html>\nbad{a=1} 2\nnovalue\nhex 0x10\nword ten\nunclosed{a="1 3\ntwice{a="1",a="2"} 4\nlast 5\n',
      now,
    );
    assert.equal(ids.length, 2);
    assert.equal(faults.malformed, 7);
    assert.equal(faults.example, '<html>busy</html>');
    assert.equal(faults.torn, false);
  });

  test('of a series that comes twice the first counts', () => {
    const { faults, values } = new ExpositionReader().read('a 1\na 2\nb 3\na{} 4\n', now);
    assert.deepEqual([...values], [1, 3]);
    assert.equal(faults.duplicate, 2);
  });

  test('a torn last line is left, for its number may be half', () => {
    const { faults, values } = new ExpositionReader().read('a 1\nb 123', now);
    assert.deepEqual([...values], [1]);
    assert.equal(faults.torn, true);
  });

  test('times of the future in the text are told', () => {
    const text = `a 1 ${now + 3_600_000}\nb 2 ${now - 1000}\n`;
    assert.equal(new ExpositionReader().read(text, now).faults.future, 1);
  });

  test('what is not kept is asked once and never stored', () => {
    const asked: string[] = [];
    const reader = new ExpositionReader(name => {
      asked.push(name);
      return name === 'keep';
    });
    for (let i = 0; i < 3; i++) assert.deepEqual(samples(reader, `drop{n="1"} 1\nkeep ${i}\n`), { keep: i });
    assert.deepEqual(asked, ['drop', 'keep']);
  });
});

test('names and labels go there and back', () => {
  for (const value of ['plain', 'with "quotes"', 'back\\slash', 'two\nlines', 'ünï{co}de, yes'])
    assert.deepEqual(namedIn(seriesName('m', [['k', value]])), { name: 'm', labels: [['k', value]] });
});
