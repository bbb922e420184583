/** Compiles the source of a module with the clang of this machine; what travels is the object. */
import { spawnSync } from "node:child_process";
import { machine } from "node:os";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { IpftraceError, messageOf } from "../errors.js";
import type { LoadedModule } from "../module/load.js";
import { compiledModule } from "../module/object-file.js";

/** The header of modules. src/cli and dist/cli are both two levels below the root of the package. */
const HEADER = fileURLToPath(new URL("../../bpf/include/ipftrace_module.h", import.meta.url));
/** Lines of clang's that are repeated. */
const MAX_LINES = 30;
const MAX_OBJECT_BYTES = 64 * 1024 * 1024;
const TIMEOUT_MS = 60_000;
const PACKAGES = "apt-get install clang libbpf-dev linux-libc-dev (names of Debian packages)";

/** What libbpf's headers call this machine in __TARGET_ARCH_. */
const architectures: Readonly<Record<string, string>> = { x86_64: "x86", aarch64: "arm64" };

/** Debian packages of headers, by how clang names those that it does not find. */
const headerPackages: readonly [header: RegExp, name: string][] = [
  [/'bpf\/\S+' file not found/, "libbpf-dev"],
  [/'(linux|asm|asm-generic)\/\S+' file not found/, "linux-libc-dev"],
];

/**
 * The module of a C source, named after its file, and clang's warnings.
 *
 * @throws IpftraceError INVALID_INPUT with clang's words, NOT_FOUND without clang
 */
export function compileModule(path: string): LoadedModule {
  const { error, status, stdout, stderr } = spawnSync("clang", clangWords(path), {
    maxBuffer: MAX_OBJECT_BYTES,
    timeout: TIMEOUT_MS,
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (error !== undefined) throw noClang(path, error);
  const lines = stderr.toString().trimEnd().split("\n").filter(Boolean);
  if (status !== 0) throw new IpftraceError("INVALID_INPUT", compilerFault(path, lines));
  return { module: compiledModule(path, stdout), warnings: shortened(lines) };
}

function clangWords(path: string): string[] {
  const target = ["-target", "bpf", "-mcpu=v3", `-D__TARGET_ARCH_${architectures[machine()] ?? machine()}`];
  // clang for BPF does not know where Debian keeps asm/types.h.
  const folders = [`-I${dirname(HEADER)}`, `-I/usr/include/${machine()}-linux-gnu`];
  const file = path.startsWith("-") ? `./${path}` : path;
  return ["-O2", "-g", "-Wall", ...target, ...folders, "-c", file, "-o", "-"];
}

function noClang(path: string, error: Error): IpftraceError {
  const isMissing = "code" in error && error.code === "ENOENT";
  const text = isMissing
    ? `${path}: clang compiles it, and is not installed: ${PACKAGES}, or compile it elsewhere and give the .bpf.o`
    : `${path}: clang cannot be run: ${messageOf(error)}`;
  return new IpftraceError(isMissing ? "NOT_FOUND" : "INVALID_INPUT", text, { cause: error });
}

function compilerFault(path: string, lines: readonly string[]): string {
  const missing = headerPackages.find(([header]) => lines.some((line) => header.test(line)));
  const remedy = missing === undefined ? "" : `; apt-get install ${missing[1]} brings that header`;
  return [`${path}: clang cannot compile it${remedy}:`, ...shortened(lines)].join("\n");
}

function shortened(lines: readonly string[]): string[] {
  const more = lines.length - MAX_LINES;
  return more > 0 ? [...lines.slice(0, MAX_LINES), `(${more} more lines)`] : [...lines];
}
