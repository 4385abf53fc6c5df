import { useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { useStore } from 'zustand';
import type { MetricsAnswer, MetricsMark } from '../../../preload/contract/metrics.ts';
import { Button } from '../../ui/Button.tsx';
import { useDark } from '../../ui/dark.ts';
import { exactly } from '../../ui/format.ts';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { show } from './actions.ts';
import { Chart } from './Chart.tsx';
import { saveAs, savePicture } from './save.ts';
import { csvOf, darkColours, lastOf, lineColours, lineNames, svgOf, told } from './series.ts';
import type { Unit } from './series.ts';

interface Pointed {
  readonly at: number;
  readonly values: readonly (number | undefined)[];
}

/** So many lines are told in words beside the chart. */
const mostTold = 8;

/** One chart with its newest numbers and ways to keep it. */
export function ChartCard({
  title,
  says,
  name,
  answer,
  unit,
  marks,
  height,
  children,
}: {
  readonly title: string;
  readonly says?: string;
  /** For the files it is saved as. */
  readonly name: string;
  readonly answer: MetricsAnswer;
  readonly unit: Unit;
  readonly marks: readonly MetricsMark[];
  readonly height: number;
  readonly children?: ReactNode;
}) {
  const page = usePage();
  const words = useWords().metrics;
  const shown = useStore(page.metrics, state => state.shown);
  const part = useRef<HTMLElement>(null);
  const { lines, more, doubtful, lost } = answer;
  const zoom = (from: number, to: number): void => {
    const { range } = page.metrics.getState();
    const before = range.is === 'last' ? range.span : range.before;
    show(page, { is: 'zoomed', from: Math.round(from), to: Math.round(to), before });
  };
  const [pointed, setPointed] = useState<Pointed>();
  const names = lineNames(lines, words.lines);
  const colours = useDark() ? darkColours : lineColours;
  const newest = lines.slice(0, mostTold).flatMap((line, i) => {
    const value = pointed ? pointed.values[i] : lastOf(line);
    return value === undefined ? [] : [{ name: names[i] ?? '', text: told(value, unit), i }];
  });
  return (
    <section className="card chart-card" ref={part} aria-label={title}>
      <header className="card-head">
        <div>
          <h3>{title}</h3>
          {says !== undefined && <p className="hint">{says}</p>}
        </div>
        <div className="row tight">
          <Button look="quiet" onClick={() => part.current && savePicture(`${name}.png`, part.current)}>
            {words.png}
          </Button>
          <Button
            look="quiet"
            onClick={() =>
              saveAs(`${name}.svg`, new Blob([svgOf(title, lines, names, unit)], { type: 'image/svg+xml' }))
            }
          >
            {words.svg}
          </Button>
          <Button
            look="quiet"
            onClick={() => saveAs(`${name}.csv`, new Blob([csvOf(lines)], { type: 'text/csv' }))}
          >
            {words.csv}
          </Button>
        </div>
      </header>
      <p className="newest">
        {pointed && <time>{exactly(new Date(pointed.at).toISOString())}</time>}
        {newest.map(each => (
          <span key={each.name}>
            {lines.length > 1 && (
              <span className="swatch" style={{ background: colours[each.i % colours.length] }} aria-hidden />
            )}{' '}
            {each.name} <strong>{each.text}</strong>
          </span>
        ))}
        {lines.length > mostTold && <span>{words.andMore(lines.length - mostTold)}</span>}
      </p>
      <Chart
        label={`${title}: ${newest.map(each => `${each.name} ${each.text}`).join(', ')}`}
        lines={lines}
        unit={unit}
        marks={marks}
        height={height}
        from={shown.from}
        to={shown.to}
        onZoom={zoom}
        onPoint={(at, values) => setPointed(at === undefined ? undefined : { at, values })}
      />
      {more > 0 && <p className="hint">{words.more(more)}</p>}
      {doubtful && <p className="hint">{words.doubtful}</p>}
      {lost.length > 0 && <p className="wrong">{words.lost(lost.length)}</p>}
      {children}
    </section>
  );
}
