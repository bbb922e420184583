/** Reads the type information of the running kernel and of its modules. */
import { readFileSync } from "node:fs";
import { Btf } from "../btf/btf.js";
import { IpftraceError } from "../errors.js";

const BTF_DIRECTORY = "/sys/kernel/btf";

/** @throws IpftraceError KERNEL_UNSUPPORTED for a kernel that does not describe its types. */
export function readKernelBtf(): Btf {
  try {
    return new Btf(readFileSync(`${BTF_DIRECTORY}/vmlinux`));
  } catch (reason) {
    if (reason instanceof IpftraceError) throw reason;
    throw new IpftraceError(
      "KERNEL_UNSUPPORTED",
      `this kernel does not describe its types (no ${BTF_DIRECTORY}/vmlinux); ipftrace needs one built with CONFIG_DEBUG_INFO_BTF`,
      { cause: reason },
    );
  }
}

/**
 * The types of a module, which go on where the kernel's end; undefined where there are none: before
 * Linux 5.11, for a module built without them or for another kernel's types, or one just unloaded.
 */
export function readModuleBtf(module: string, kernel: Btf): Btf | undefined {
  try {
    return new Btf(readFileSync(`${BTF_DIRECTORY}/${module}`), kernel);
  } catch {
    return undefined;
  }
}
