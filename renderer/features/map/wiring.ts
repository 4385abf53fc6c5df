/** A rectangle on the picture, in pixels from its upper left corner. */
export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export type Way = 'ssh' | 'serial';
export const ways = ['ssh', 'serial'] as const;

export interface Wired extends Rect {
  readonly ways: readonly Way[];
}

/**
 * Each way has a lane of its own: a trunk down the left edge, a branch above every row, a drop to each machine. So
 * lines of different ways never lie on each other, and none crosses a machine.
 */
const lanes: Record<Way, { readonly trunk: number; readonly above: number; readonly drop: number }> = {
  ssh: { trunk: 8, above: 7, drop: 20 },
  serial: { trunk: 16, above: 13, drop: 34 },
};

/** Machines by rows, from the top. Boxes of one row may differ by a pixel when the page is zoomed. */
function rowsOf(boxes: readonly Wired[]): readonly (readonly Wired[])[] {
  const rows: Wired[][] = [];
  for (const box of boxes.toSorted((a, b) => a.y - b.y)) {
    const row = rows.at(-1);
    if (row?.[0] && box.y - row[0].y < 4) row.push(box);
    else rows.push([box]);
  }
  return rows;
}

/** The lines of one way from the laptop to every machine it reaches, as the path of an SVG; empty when it reaches none. */
export function wireOf(way: Way, laptop: Rect, boxes: readonly Wired[]): string {
  const { trunk, above, drop } = lanes[way];
  const branches = rowsOf(boxes.filter(box => box.ways.includes(way))).map(row => {
    const y = Math.round(Math.min(...row.map(box => box.y)) - above);
    const drops = row.map(box => ({ x: Math.round(box.x + drop), to: Math.round(box.y) }));
    const end = Math.max(...drops.map(({ x }) => x));
    return { y, path: `M${trunk} ${y}H${end}${drops.map(({ x, to }) => `M${x} ${y}V${to}`).join('')}` };
  });
  if (branches.length === 0) return '';
  const deepest = Math.max(...branches.map(({ y }) => y));
  return `M${trunk} ${Math.round(laptop.y + laptop.height)}V${deepest}${branches.map(({ path }) => path).join('')}`;
}

/** The line from a shared address to the machine below it that answers there; empty when another row lies between. */
export function vipLine(vip: Rect, holder: Rect): string {
  const from = Math.round(vip.y + vip.height);
  if (holder.y < from || holder.y - from > 40) return '';
  const x = Math.round(holder.x + holder.width / 2);
  return `M${Math.round(vip.x + vip.width / 2)} ${from}V${from + 6}H${x}V${Math.round(holder.y)}`;
}
