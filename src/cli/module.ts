/** The command `module`: a new compiled module, or what one is on a kernel. */
import { writeFileSync } from "node:fs";
import { ask } from "../client/ask.js";
import { printable } from "../client/printable.js";
import { IpftraceError, messageOf } from "../errors.js";
import { quote } from "../filter/quote.js";
import { isModuleName, nameRule } from "../module/check.js";
import { FAILURE_STATUS, failUsage } from "./exit.js";
import type { Io } from "./io.js";
import { moduleJson, moduleTable } from "./list-modules.js";
import { isFile } from "./manifest-source.js";
import { skeleton } from "./module-skeleton.js";
import { readModule } from "./module-source.js";
import { print } from "./output.js";
import type { ParsedOptions } from "./parse.js";
import { withServer } from "./reach.js";

/** The verifier may look at a million instructions, and slow machines take their time. */
const TIMEOUT_MS = 120_000;

/** Exit status 0; 1 for a module that cannot be used; 2 for a name or file that cannot be. Throws what a server answers. */
export async function module(options: ParsedOptions, io: Io): Promise<number> {
  const { operand, second = "" } = options;
  return operand === "new" ? writeNew(second, io) : check(second, options, io);
}

async function writeNew(name: string, io: Io): Promise<number> {
  if (!isModuleName(name)) {
    return failUsage(io, `NAME_OR_FILE: ${quote(name)} cannot be the name of a module: use ${nameRule}`);
  }
  const file = `${name}.bpf.c`;
  try {
    // Never over a source that somebody has written.
    writeFileSync(file, skeleton(name), { flag: "wx" });
  } catch (reason) {
    const isThere = reason instanceof Error && "code" in reason && reason.code === "EEXIST";
    const why = isThere ? "it exists; give another name, or take it away first" : messageOf(reason);
    throw new IpftraceError("INVALID_INPUT", `${file} cannot be written: ${why}`, { cause: reason });
  }
  const lines = [`wrote ${file}`, `check it:  ipftrace module check ${file}`, `use it:    ipftrace -m ${file} generic`];
  await print(io, `${lines.join("\n")}\n`);
  return 0;
}

async function check(file: string, { values }: ParsedOptions, io: Io): Promise<number> {
  if (!isFile(file)) return failUsage(io, `NAME_OR_FILE: ${quote(file)} is no file: give .bpf.c, .bpf.o or YAML`);
  const asked = { module: readModule(file, io) };
  const { module: found } = await withServer(values, (client) =>
    ask(client.checkModule.bind(client), asked, TIMEOUT_MS),
  );
  if (found === undefined) throw new IpftraceError("UNAVAILABLE", "the server answered without a module");
  if (values.output === "jsonl") await print(io, moduleJson(found));
  if (found.reason !== "") {
    io.err.write(
      found.reason
        .split("\n")
        .map((line) => `ipftrace: ${printable(`${file}: ${line}`)}\n`)
        .join(""),
    );
    return FAILURE_STATUS;
  }
  if (values.output !== "jsonl")
    await print(io, `${moduleTable([found])}it adds ${found.hopBytes} bytes to every hop\n`);
  return 0;
}
