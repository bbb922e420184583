import { quote } from "./quote.js";

/** Longest text that is compared: nothing that this tool names is longer, and the cost grows with its square. */
const maxLength = 64;
/** Most names in one suggestion. */
const maxNames = 3;

/**
 * Which of the names was probably meant, as the end of a message: ` (did you mean "TCP"?)`, or
 * an empty string when none is near. Letter case does not count.
 */
export function didYouMean(text: string, names: Iterable<string>): string {
  const near = nearest(text, names);
  return near.length === 0 ? "" : ` (did you mean ${near.map(quote).join(" or ")}?)`;
}

/** The names with the least edit distance to the text, at most three, and none that shares little with it. */
export function nearest(text: string, names: Iterable<string>): string[] {
  if (text.length > maxLength) return [];
  let least = Math.floor(text.length / 3);
  let found: string[] = [];
  for (const name of names) {
    // Each letter too many or too few costs one, so most names need not be compared.
    if (Math.abs(name.length - text.length) > least) continue;
    const distance = editDistance(text.toLowerCase(), name.toLowerCase());
    if (distance > least) continue;
    if (distance < least) found = [];
    least = distance;
    found.push(name);
  }
  return found.slice(0, maxNames);
}

/**
 * Insertions, deletions, substitutions and exchanges of two neighbours that make one text the
 * other (the "optimal string alignment" form of the Damerau-Levenshtein distance).
 */
function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const changed = from[row - 1] === to[column - 1] ? 0 : 1;
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      current[column] = Math.min(
        cell(last, column) + 1,
        cell(current, column - 1) + 1,
        cell(last, column - 1) + changed,
        swapped ? cell(beforeLast, column - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    beforeLast = last;
    last = current;
  }
  return cell(last, to.length);
}

function cell(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
