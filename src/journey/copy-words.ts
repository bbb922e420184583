/** Copies `count` words, one by one: for a few of them TypedArray.set takes longer, and a view of its own. */
export function copyWords(source: Uint32Array, from: number, target: Uint32Array, to: number, count: number): void {
  for (let n = 0; n < count; n++) target[to + n] = source[from + n] as number;
}
