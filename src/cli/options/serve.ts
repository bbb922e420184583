/** Options of the server. */
import { readTarget, readText } from "../values.js";
import { type OptionSpec, words } from "./spec.js";

/** How to serve. */
export const serveOptions = {
  listen: {
    kind: "list",
    names: ["--listen"],
    metavar: "ADDRESS",
    help: "Listen at unix:PATH or HOST:PORT; repeatable (default unix:/run/ipftrace/ipftraced.sock)",
    commands: ["serve"],
    read: readTarget,
  },
  insecure: {
    kind: "flag",
    names: ["--insecure"],
    help: "Allow TCP without TLS, on loopback addresses only",
    commands: ["serve"],
  },
  moduleFolder: {
    kind: "value",
    names: ["--module-dir"],
    metavar: "FOLDER",
    help: "Folder with further modules for -m NAME: NAME.yaml, and compiled ones NAME.bpf.o",
    commands: ["serve"],
    read: readText("is empty: give a folder"),
  },
  logLevel: {
    kind: "value",
    names: ["--log-level"],
    help: "Least severe messages to log (default info)",
    commands: ["serve"],
    ...words("trace", "debug", "info", "warn", "error", "silent"),
  },
} as const satisfies Record<string, OptionSpec>;
