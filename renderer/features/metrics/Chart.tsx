import { useEffect, useEffectEvent, useRef } from 'react';
import Plot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { MetricsLine, MetricsMark } from '../../../preload/contract/metrics.ts';
import { useDark } from '../../ui/dark.ts';
import { aligned, darkColours, lineColours, timeNames, told } from './series.ts';
import type { Unit } from './series.ts';

const inks = {
  light: { text: '#44535f', grid: '#cbd4db', mark: '#72828e' },
  dark: { text: '#a9b8c3', grid: '#2d3a45', mark: '#71818d' },
};

/** Marks at the axis of bytes fall on whole KiB, MiB and GiB. */
const binarySteps = Array.from({ length: 50 }, (_, n) => 2 ** n);

interface ChartProps {
  /** What it shows, for whoever cannot see it. */
  readonly label: string;
  readonly lines: readonly MetricsLine[];
  readonly unit: Unit;
  readonly marks: readonly MetricsMark[];
  readonly height: number;
  /** What it reaches over, in milliseconds since 1970, whether or not there are values. */
  readonly from: number;
  readonly to: number;
  /** A span that was drawn with the mouse, in milliseconds since 1970. */
  readonly onZoom: (from: number, to: number) => void;
  /** The time under the pointer in milliseconds since 1970, and the lines' values there; nothing when it left. */
  readonly onPoint: (at: number | undefined, values: readonly (number | undefined)[]) => void;
}

/** Lines over time. Gaps stay gaps; runs and reboots are dashed lines from top to bottom. */
export function Chart({ label, lines, unit, marks, height, from, to, onZoom, onPoint }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const dark = useDark();
  const zoomed = useEffectEvent(onZoom);
  const pointed = useEffectEvent(onPoint);
  useEffect(() => {
    const at = place.current;
    if (!at) return;
    const ink = inks[dark ? 'dark' : 'light'];
    const { times, values } = aligned(lines);
    const colours = dark ? darkColours : lineColours;
    const axis = { stroke: ink.text, grid: { stroke: ink.grid, width: 1 }, ticks: { stroke: ink.grid } };
    const plot = new Plot(
      {
        width: at.clientWidth,
        height,
        legend: { show: false },
        cursor: { drag: { x: true, y: false } },
        scales: {
          x: { range: () => [from / 1000, to / 1000] },
          y: { range: (_, low, high) => Plot.rangeNum(Math.min(0, low), high, 0.1, true) },
        },
        axes: [
          { ...axis, values: (_, splits) => [...timeNames(splits)] },
          {
            ...axis,
            ...(unit === 'bytes' && { incrs: binarySteps }),
            size: 70,
            values: (_, splits) => splits.map(value => told(value, unit)),
          },
        ],
        series: [
          {},
          ...lines.map((_, i) => ({
            stroke: colours[i % colours.length] ?? ink.text,
            width: 1.5,
            spanGaps: false,
          })),
        ],
        hooks: {
          draw: [self => drawMarks(self, marks, ink.mark)],
          setCursor: [
            self => {
              const { idx } = self.cursor;
              const at = idx === null || idx === undefined ? undefined : times[idx];
              if (at === undefined) pointed(undefined, []);
              else
                pointed(
                  at * 1000,
                  values.map(column => column[idx ?? 0] ?? undefined),
                );
            },
          ],
          setSelect: [
            self => {
              const { left, width } = self.select;
              if (width < 4) return;
              zoomed(self.posToVal(left, 'x') * 1000, self.posToVal(left + width, 'x') * 1000);
            },
          ],
        },
      },
      [times, ...values],
      at,
    );
    const watching = new ResizeObserver(() => plot.setSize({ width: at.clientWidth, height }));
    watching.observe(at);
    return () => {
      watching.disconnect();
      plot.destroy();
    };
  }, [lines, unit, marks, height, from, to, dark]);
  return <div className="chart" role="img" aria-label={label} ref={place} />;
}

function drawMarks(plot: Plot, marks: readonly MetricsMark[], colour: string): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.setLineDash([4, 4]);
  for (const { at } of marks) {
    const x = plot.valToPos(at / 1000, 'x', true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}
