/** A straight line through points, by least squares. */
export interface Line {
  /** Units of y for one of x. */
  readonly slope: number;
  /** Standard error of the slope, by the distances of the points from the line. */
  readonly error: number;
}

/** The line; at least three points with different x. */
export function lineThrough(points: readonly (readonly [x: number, y: number])[]): Line {
  const n = points.length;
  const mean = (of: 0 | 1): number => points.reduce((sum, point) => sum + point[of], 0) / n;
  const [x, y] = [mean(0), mean(1)];
  const spread = points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
  const slope = points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0) / spread;
  const distances = points.reduce((sum, point) => sum + (point[1] - y - slope * (point[0] - x)) ** 2, 0);
  return { slope, error: Math.sqrt(distances / (n - 2) / spread) };
}
