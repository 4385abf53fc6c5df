/** One measured number, with its bar where there is one. */
export interface Row {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The bar in words, such as `≥ 3.5`. */
  readonly bar?: string;
  readonly met?: boolean;
}

const shown = (value: number): string =>
  Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));

/** The rows as a table for the terminal. */
export function printed(rows: readonly Row[]): string {
  const cells = rows.map(row => [
    row.met === undefined ? ' ' : row.met ? '✓' : '✗',
    row.name,
    `${shown(row.value)} ${row.unit}`,
    row.bar ?? '',
  ]);
  const widths = [0, 1, 2, 3].map(i => Math.max(0, ...cells.map(line => (line[i] ?? '').length)));
  return cells
    .map(line =>
      line
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
