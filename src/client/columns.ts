/**
 * Plain text tables in the layout of Python's `tabulate(..., tablefmt="plain")`, which the
 * original printed: a column is as wide as its longest cell and at least two wider than its
 * header, two blanks stand between columns, and no line ends in blanks. Cells are printed
 * as they are: unlike tabulate, nothing that looks like a number is rewritten.
 */

/** One column. */
export interface Column {
  readonly header: string;
  readonly align: "left" | "right";
}

/** tabulate's MIN_PADDING. */
const HEADER_PADDING = 2;

/** The lines of a table: headers, then rows; each row has a cell for each column. */
export function layOut(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const widths = columns.map(({ header }, index) => {
    return rows.reduce((width, row) => Math.max(width, widthOf(row[index] ?? "")), header.length + HEADER_PADDING);
  });
  const line = (cells: readonly string[]) => {
    const padded = columns.map(({ align }, index) => pad(cells[index] ?? "", widths[index] ?? 0, align));
    return padded.join("  ").replace(/ +$/, "");
  };
  return [line(columns.map(({ header }) => header)), ...rows.map(line)];
}

function pad(cell: string, width: number, align: Column["align"]): string {
  const blanks = " ".repeat(width - widthOf(cell));
  return align === "right" ? blanks + cell : cell + blanks;
}

/** Unicode characters, as Python counts them. */
function widthOf(cell: string): number {
  return /[\ud800-\udbff]/.test(cell) ? [...cell].length : cell.length;
}
