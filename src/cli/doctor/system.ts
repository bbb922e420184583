/** What doctor reads of the machine that it runs on. */
import { execFileSync } from "node:child_process";
import { closeSync, openSync, readSync, realpathSync, statSync } from "node:fs";
import { release } from "node:os";
import { join } from "node:path";

/** Enough of each file that is read; /proc/kallsyms is a thousand times as long. */
const HEAD_BYTES = 16_384;

/** This machine, or what a test puts in its place. */
export interface System {
  /** uname -r. */
  readonly kernelRelease: string;
  /** The beginning of a file as text, 16 KiB at most; undefined where it is not there, or not for us. */
  read(path: string): string | undefined;
  /** Size of a file in bytes; undefined where there is none. */
  size(path: string): number | undefined;
  /** Where the loader finds a library, links resolved; undefined where it does not. */
  library(name: string): string | undefined;
}

/** This machine; paths are looked up below `root`. */
export function thisSystem(root = "/"): System {
  return {
    kernelRelease: release(),
    read: (path) => orUndefined(() => readHead(join(root, path))),
    size: (path) => orUndefined(() => statSync(join(root, path)).size),
    library: (name) => {
      const path = new RegExp(`^\\s*${name.replaceAll(".", "\\.")} .* => (\\S+)$`, "m").exec(loaderCache())?.[1];
      return path === undefined ? undefined : orUndefined(() => realpathSync(path));
    },
  };
}

function readHead(path: string): string {
  const buffer = Buffer.alloc(HEAD_BYTES);
  const fd = openSync(path, "r");
  try {
    return buffer.toString("utf8", 0, readSync(fd, buffer));
  } finally {
    closeSync(fd);
  }
}

/** ldconfig may be outside of a user's PATH. */
function loaderCache(): string {
  const env = { ...process.env, PATH: `${process.env["PATH"] ?? ""}:/sbin:/usr/sbin` };
  return orUndefined(() => execFileSync("ldconfig", ["-p"], { env, encoding: "utf8" })) ?? "";
}

function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
