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
  const widthOf = rows.some((row) => row.some(hasPairs)) ? codePoints : codeUnits;
  const widths = columns.map(({ header }, index) => {
    let width = header.length + HEADER_PADDING;
    for (const row of rows) width = Math.max(width, widthOf(row[index] ?? ""));
    return width;
  });
  const headers = columns.map(({ header }) => header);
  return [headers, ...rows].map((cells) => lineOf(columns, widths, cells, widthOf));
}

/** One string that grows, without a list of its parts: of a flood, most time goes into lines. */
function lineOf(
  columns: readonly Column[],
  widths: readonly number[],
  cells: readonly string[],
  widthOf: (cell: string) => number,
): string {
  let line = "";
  for (let index = 0; index < columns.length; index++) {
    const cell = cells[index] ?? "";
    const isRight = columns[index]?.align === "right";
    const missing = !isRight && index === columns.length - 1 ? 0 : (widths[index] ?? 0) - widthOf(cell);
    const blanks = missing === 0 ? "" : " ".repeat(missing);
    if (index > 0) line += "  ";
    line += isRight ? blanks + cell : cell + blanks;
  }
  return line.endsWith(" ") ? line.replace(/ +$/, "") : line;
}

/** Whether a character takes two of JavaScript's. */
function hasPairs(cell: string): boolean {
  return /[\ud800-\udbff]/.test(cell);
}

/** Unicode characters, as Python counts them. */
function codePoints(cell: string): number {
  return [...cell].length;
}

function codeUnits(cell: string): number {
  return cell.length;
}
