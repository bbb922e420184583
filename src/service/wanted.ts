/** What makes two traces equal, so that they share one collector. */
import { createHash } from "node:crypto";
import { serialize } from "node:v8";
import type { TraceSpec } from "../collector/messages.js";
import type { Wanted } from "../hub/trace-pool.js";

/** A trace with its key: everything that the collector is told, and nothing else, makes a difference. */
export function wantedTrace(spec: TraceSpec): Wanted {
  return { spec, key: createHash("sha256").update(serialize(spec)).digest("base64") };
}
