/** Files of compiled modules, by their names. */
import { basename } from "node:path";
import { Module } from "../gen/ipftrace/v1/custom.js";
import { readManifestBytes } from "../manifest/manifest-text.js";

/** How the file of an installed one ends. */
export const OBJECT_SUFFIX = ".bpf.o";

/** Reads a compiled module, whose name is the file's. What is in it is for the node to judge. @throws IpftraceError INVALID_INPUT */
export function loadObjectFile(path: string): Module {
  return compiledModule(path, Buffer.from(readManifestBytes(path, "module")));
}

/** The module of an object file, named after the file or its source. */
export function compiledModule(path: string, object: Buffer): Module {
  return Module.fromPartial({ name: basename(path).replace(/(\.bpf)?\.[co]$/, ""), object });
}
