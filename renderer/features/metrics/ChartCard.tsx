import { useRef } from 'react';
import type { ReactNode } from 'react';
import type { MetricsAnswer, MetricsMark } from '../../../preload/contract/metrics.ts';
import { Button } from '../../ui/Button.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { show } from './actions.ts';
import { Chart } from './Chart.tsx';
import { saveAs, savePicture } from './save.ts';
import { csvOf, lastOf, lineNames, svgOf, told } from './series.ts';
import type { Unit } from './series.ts';

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
  const part = useRef<HTMLElement>(null);
  const { lines, more, doubtful, lost } = answer;
  const zoom = (from: number, to: number): void => {
    const { range } = page.metrics.getState();
    const before = range.is === 'last' ? range.span : range.before;
    show(page, { is: 'zoomed', from: Math.round(from), to: Math.round(to), before });
  };
  const names = lineNames(lines);
  const newest = lines.slice(0, 4).flatMap((line, i) => {
    const value = lastOf(line);
    return value === undefined ? [] : [{ name: names[i] ?? '', text: told(value, unit) }];
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
              saveAs(`${name}.svg`, new Blob([svgOf(title, lines, unit)], { type: 'image/svg+xml' }))
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
        {newest.map(each => (
          <span key={each.name}>
            {each.name} <strong>{each.text}</strong>
          </span>
        ))}
        {lines.length > newest.length && <span>{words.andMore(lines.length - newest.length)}</span>}
      </p>
      <Chart
        label={`${title}: ${newest.map(each => `${each.name} ${each.text}`).join(', ')}`}
        lines={lines}
        unit={unit}
        marks={marks}
        height={height}
        onZoom={zoom}
      />
      {more > 0 && <p className="hint">{words.more(more)}</p>}
      {doubtful && <p className="hint">{words.doubtful}</p>}
      {lost.length > 0 && <p className="wrong">{words.lost(lost.length)}</p>}
      {children}
    </section>
  );
}
