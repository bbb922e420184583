/** Options that say how to trace, and how to show it. */
import { readTarget } from "../../config/readers.js";
import { Backend } from "../../gen/ipftrace/v1/node.js";
import { readCount, readRegex, readRingBytes, readTimeMs } from "../values.js";
import { type OptionSpec, tracing, words } from "./spec.js";

const backends = {
  auto: Backend.BACKEND_UNSPECIFIED,
  "kprobe-multi": Backend.BACKEND_KPROBE_MULTI,
  kprobe: Backend.BACKEND_KPROBE,
  tracepoint: Backend.BACKEND_TRACEPOINT,
} as const;
const backendNames = Object.keys(backends) as (keyof typeof backends)[];

/** How to trace. */
export const traceOptions = {
  output: {
    kind: "value",
    names: ["-o", "--output"],
    help: "Print text as the original did (default), or one JSON object a line",
    commands: ["trace", "explain", "list", "module", "session", "demo"],
    ...words("table", "jsonl"),
  },
  report: {
    kind: "value",
    names: ["-o", "--output"],
    help: "Print tables (default), or one JSON object",
    commands: ["doctor"],
    ...words("table", "json"),
  },
  server: {
    kind: "value",
    names: ["--server"],
    metavar: "ADDRESS",
    help: "Ask the server at unix:PATH or HOST:PORT (default: one for this run alone)",
    commands: ["trace", "explain", "list", "module", "session", "doctor"],
    read: readTarget,
  },
  backend: {
    ...tracing,
    names: ["--backend"],
    help: "How to attach to the kernel (default auto: the best that works)",
    ...words(...backendNames),
  },
  functionRegex: {
    kind: "value",
    names: ["--function"],
    metavar: "REGEX",
    help: "Only functions in whose name REGEX (RE2 syntax) is found",
    commands: ["trace", "explain", "list"],
    read: readRegex,
  },
  beginRegex: {
    ...tracing,
    names: ["--begin"],
    metavar: "REGEX",
    help: "Begin journeys only at functions in whose name REGEX is found: costs less",
    read: readRegex,
  },
  durationMs: {
    ...tracing,
    names: ["--duration"],
    metavar: "TIME",
    help: "End after TIME: 10s, 500ms, 5m",
    read: readTimeMs,
  },
  count: { ...tracing, names: ["-c", "--count"], metavar: "N", help: "End after N journeys", read: readCount },
  maxHops: {
    ...tracing,
    names: ["--max-hops"],
    metavar: "N",
    help: "Close a journey after N hops; it goes on in another (default 128)",
    read: readCount,
  },
  idleTimeoutMs: {
    ...tracing,
    names: ["--idle-timeout"],
    metavar: "TIME",
    help: "Close a journey after TIME without a hop (default 5s)",
    read: readTimeMs,
  },
  ringBytes: {
    ...tracing,
    names: ["--ring-bytes"],
    metavar: "SIZE",
    help: "Buffer between kernel and collector, a power of two: 64K, 8M (default 8M)",
    read: readRingBytes,
  },
  trackingEntries: {
    ...tracing,
    names: ["--tracking-entries"],
    metavar: "N",
    help: "Packets followed at the same time (default 65536)",
    read: readCount,
  },
  maxPacketsPerSecond: {
    ...tracing,
    names: ["--max-rate"],
    metavar: "N",
    help: "Begin to follow N packets a second at most; the others are counted",
    read: readCount,
  },
  maxCpuPercent: {
    ...tracing,
    names: ["--max-cpu"],
    metavar: "PERCENT",
    help: "Follow less, and end, rather than cost more of one CPU in the kernel",
    read: readCount,
  },
  stack: {
    ...tracing,
    names: ["--stack"],
    help: "Show the call stacks of drops, or of all hops (costly)",
    ...words("drops", "all"),
  },
} as const satisfies Record<string, OptionSpec>;

/** The backend that a value of `--backend` names. */
export function backendOf(name: keyof typeof backends): Backend {
  return backends[name];
}
