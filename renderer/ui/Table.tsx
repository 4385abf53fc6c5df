import type { ReactNode } from 'react';

export interface Column<T> {
  readonly head: string;
  readonly render: (row: T) => ReactNode;
  /** `fit` takes no more room than it needs; `spare` is left out where there is little; numbers stand to the right. */
  readonly kind?: 'fit' | 'spare' | 'number' | 'actions';
}

/** A table that turns into cards when the screen is narrow or the text is large; it never scrolls sideways. */
export function Table<T>({
  caption,
  columns,
  rows,
  rowKey,
}: {
  readonly caption: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly rowKey: (row: T) => string;
}) {
  return (
    <table className="table">
      <caption className="unseen">{caption}</caption>
      <thead>
        <tr>
          {columns.map(column => (
            <th key={column.head} scope="col" className={column.kind ?? ''}>
              {column.kind === 'actions' ? <span className="unseen">{column.head}</span> : column.head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(row => (
          <tr key={rowKey(row)}>
            {columns.map(column => (
              <td key={column.head} data-head={column.head} className={column.kind ?? ''}>
                {column.render(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
