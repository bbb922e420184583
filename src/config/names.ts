/** How the keys of the configuration are called outside of the file. */
import type { Entries, Key, List } from "./schema.js";

/** A row of the table that takes a value, with its path from the top. */
export interface Row {
  /** `log.level`. */
  readonly path: string;
  readonly entry: Key<unknown> | List;
}

/** The rows that take a value, in the order of the table. */
export function rowsOf(entries: Entries, above = ""): Row[] {
  return Object.entries(entries).flatMap(([name, entry]) => {
    const path = above + name;
    return entry.is === "section" ? rowsOf(entry.keys, `${path}.`) : [{ path, entry: entry as Key<unknown> | List }];
  });
}

/** The environment variable of a key: IPFTRACE_LOG_LEVEL is log.level, IPFTRACE_TRACES_GRACE_MS traces.graceMs. */
export function environmentName(path: string): string {
  const words = path.replace(/[A-Z]/g, (letter) => `_${letter}`).replaceAll(".", "_");
  return `IPFTRACE_${words.toUpperCase()}`;
}
