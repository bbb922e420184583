/** Chooses what a command line asks for. Rooms that a command does not need are not loaded. */

import { failUsage, failWith } from "./exit.js";
import type { Io } from "./io.js";
import { print } from "./output.js";
import { type ParsedOptions, parseCommandLine } from "./parse.js";

/** Runs one command line to its end and returns the exit status; every error ends here. */
export async function dispatch(words: readonly string[], io: Io): Promise<number> {
  // Diagnostics that nobody reads any more are no reason to fail.
  io.err.on("error", () => {});
  const options = parseCommandLine(words);
  if ("error" in options) return failUsage(io, options.error);
  try {
    return await run(options.value, words, io);
  } catch (reason) {
    return failWith(io, reason);
  }
}

async function run(options: ParsedOptions, words: readonly string[], io: Io): Promise<number> {
  const { command, values, operand = "" } = options;
  if (values.help) return printHelp(options, words, io);
  if (values.version) return printVersion(io);
  switch (command) {
    case "trace":
      if (values.list) return (await import("./listing.js")).printListing(operand, io);
      return trace(options, io);
    case "explain":
      return (await import("./explain.js")).explain(options, io);
    case "list":
      return (await import("./list.js")).list(options, io);
    case "module":
      return (await import("./module.js")).module(options, io);
    case "session":
      return (await import("./session.js")).session(options, io);
    case "serve":
      return (await import("./serve.js")).serve(options, io);
    case "demo":
      return (await import("./demo.js")).demo(options, io);
    case "doctor":
      return (await import("./doctor/doctor.js")).doctor(options, io);
    case "completion":
      return printCompletion(operand, io);
    case "man":
      return printManual(operand, io);
  }
}

/** One that has no server yet gets its collector first: a thread reads the kernel while this one loads the rest. */
async function trace(options: ParsedOptions, io: Io): Promise<number> {
  const isRemote = options.values.server !== undefined;
  const collector = isRemote ? undefined : (await import("../service/warm-collector.js")).warmCollector();
  try {
    return await (await import("./trace.js")).trace(options, io, { collector });
  } finally {
    await collector?.close();
  }
}

async function printHelp({ command }: ParsedOptions, words: readonly string[], io: Io): Promise<number> {
  const { renderHelp } = await import("./help.js");
  await print(io, renderHelp(command, words[0] !== command));
  return 0;
}

async function printVersion(io: Io): Promise<number> {
  const { version } = await import("../release/version.js");
  await print(io, `ipftrace ${version}\n`);
  return 0;
}

async function printCompletion(shell: string, io: Io): Promise<number> {
  const { renderCompletion } = await import("./completion/render.js");
  await print(io, renderCompletion(shell));
  return 0;
}

async function printManual(page: string, io: Io): Promise<number> {
  const { renderManual } = await import("./manual/page.js");
  const { version } = await import("../release/version.js");
  await print(io, renderManual(page === "ipftraced" ? page : "ipftrace", version));
  return 0;
}
