/** What doctor finds out about one thing. */
export interface Finding {
  /** What was looked at, in a word or two. */
  readonly name: string;
  /** `fault`: packets cannot be traced, or only so and so; `limit`: something less cannot be done. */
  readonly state: "ok" | "limit" | "fault";
  /** What was found, in one line. */
  readonly found: string;
  /** What to do about it; absent where all is well, or nothing can be done. */
  readonly remedy?: string;
}

/** All is well. */
export function ok(name: string, found: string): Finding {
  return { name, state: "ok", found };
}

export function limit(name: string, found: string, remedy?: string): Finding {
  return { name, state: "limit", found, ...(remedy !== undefined && { remedy }) };
}

export function fault(name: string, found: string, remedy?: string): Finding {
  return { name, state: "fault", found, ...(remedy !== undefined && { remedy }) };
}
