/** Options of the server: each but the first two gives a key of the configuration. */
import { readTarget } from "../../config/readers.js";
import type { Key } from "../../config/schema.js";
import { configTable } from "../../config/table.js";
import { readText } from "../values.js";
import type { OptionSpec } from "./spec.js";

const { listen, security, modules, http, metrics, log } = configTable;
const serving = { commands: ["serve"] } as const;

/** The parts of a row that the table of the configuration has. */
function fromKey<T>({ meaning, read, words }: Key<T>) {
  const metavar = words === undefined ? {} : { metavar: `[${words.join("|")}]`, suggest: words };
  return { ...serving, kind: "value", metavar: "ADDRESS", help: meaning, read, ...metavar } as const;
}

/** How to serve. */
export const serveOptions = {
  config: {
    ...serving,
    kind: "value",
    names: ["--config"],
    metavar: "FILE",
    help: "Read the configuration from FILE (default /etc/ipftrace/ipftraced.yaml, where it exists)",
    read: readText("is empty: give a file"),
  },
  check: {
    ...serving,
    kind: "flag",
    names: ["--check"],
    help: "Check the configuration, print what holds and where each value comes from, and do not serve",
  },
  listen: {
    ...serving,
    kind: "list",
    names: ["--listen"],
    metavar: "ADDRESS",
    help: `Listen at unix:PATH[@ROLE[:GROUP]] or HOST:PORT; repeatable (default ${listen.default.join(" and ")})`,
    read: readTarget,
  },
  insecure: { ...serving, kind: "flag", names: ["--insecure"], help: security.keys.insecure.meaning },
  moduleFolder: { ...fromKey(modules.keys.folder), names: ["--module-dir"], metavar: "FOLDER" },
  httpListen: {
    ...serving,
    kind: "list",
    names: ["--http-listen"],
    metavar: "ADDRESS",
    help: `${http.keys.listen.meaning}; repeatable`,
    read: readTarget,
  },
  metricsListen: { ...fromKey(metrics.keys.listen), names: ["--metrics-listen"], metavar: "HOST:PORT" },
  logLevel: { ...fromKey(log.keys.level), names: ["--log-level"] },
  logFormat: { ...fromKey(log.keys.format), names: ["--log-format"] },
} as const satisfies Record<string, OptionSpec>;
