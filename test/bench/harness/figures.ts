/** Figures from measurements: the median, because machines have neighbours. */
import type { Figure } from "./result.js";

/** The value in the middle; of an even number the mean of the two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [below, above] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  if (below === undefined || above === undefined) throw new RangeError("a median of nothing");
  return (below + above) / 2;
}

/** A figure of several measurements. */
export function figureOf(values: readonly number[]): Figure {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values), runs: values.length };
}

/** Ratios taken pair by pair, of measurements made one after the other: what disturbs both cancels out. */
export function ratios(values: readonly number[], base: readonly number[]): Figure {
  return figureOf(values.map((value, n) => value / (base[n] ?? Number.NaN)));
}

/** A number as a reader wants it: 2,013,000 or 1.13. */
export function shown(value: number, decimals = 0): string {
  return value.toLocaleString("en", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}
