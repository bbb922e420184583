/**
 * Links a compiled module with the collector's programs.
 *
 * Problem: libbpf 1.1 links files only, and a module must leave nothing on a disk.
 * Choice:  files in memory (memfd_create), which have a path as long as they are open.
 */
import { readFileSync, writeSync } from "node:fs";
import { IpftraceError } from "../errors.js";
import { checkPointer, checkResult, libbpf, libc } from "./libbpf.js";
import { catchLibbpfLog, takeLibbpfLog } from "./log.js";

/** include/uapi/linux/memfd.h: programs that this process starts do not get the file. */
const MFD_CLOEXEC = 1;

/** A compiled module as it is linked. */
export interface LinkedModule {
  /** How messages call the place that it came from: "modules[0]". */
  readonly path: string;
  readonly name: string;
  /** Its object file. */
  readonly object: Buffer;
}

/** libbpf's words for a symbol that both files define. */
const CONFLICT = /conflicting non-weak symbol #\d+ \((.+?)\) definition/;

/**
 * The collector's object with the module in it. Variables and constants of the collector stay where they were.
 *
 * @throws IpftraceError INVALID_INPUT when they do not go together.
 */
export function link(collector: Buffer, module: LinkedModule): Buffer {
  catchLibbpfLog();
  takeLibbpfLog();
  const files: number[] = [];
  try {
    const [output, first, second] = [Buffer.alloc(0), collector, module.object].map((bytes) => {
      const fd = memoryFile(bytes);
      files.push(fd);
      return `/proc/self/fd/${fd}`;
    }) as [string, string, string];
    linkFiles(output, [first, second], module);
    return readFileSync(output);
  } finally {
    for (const fd of files) libc.close(fd);
  }
}

function memoryFile(bytes: Buffer): number {
  const fd = checkResult("make a file in memory", libc.memfdCreate("ipftrace", MFD_CLOEXEC) as number);
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
  return fd;
}

function linkFiles(output: string, inputs: readonly string[], module: LinkedModule): void {
  const linker = checkPointer("make a linker", libbpf.linkerNew(output, null));
  try {
    for (const input of inputs) {
      if ((libbpf.linkerAddFile(linker, input, null) as number) < 0) throw linkFault(module);
    }
    if ((libbpf.linkerFinalize(linker) as number) < 0) throw linkFault(module);
  } finally {
    libbpf.linkerFree(linker);
  }
}

function linkFault({ path, name }: LinkedModule): IpftraceError {
  const { lines } = takeLibbpfLog();
  const conflict = lines.map((line) => CONFLICT.exec(line)?.[1]).find((symbol) => symbol !== undefined);
  const description =
    conflict === undefined
      ? `"${name}" cannot be linked with the collector: ${lines.at(-1)?.replace(/^libbpf: /, "") ?? "libbpf does not say why"}`
      : `"${name}" defines ${conflict}, and so does the collector: give yours another name, or make it static`;
  return IpftraceError.invalid([{ field: `${path}.object`, description }]);
}
