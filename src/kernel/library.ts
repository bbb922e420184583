/** Opens the native libraries. */
import koffi from "koffi";
import { IpftraceError } from "../errors.js";

/** A library whose functions can be declared. */
export type Library = ReturnType<typeof koffi.load>;

/** @throws IpftraceError KERNEL_UNSUPPORTED with the remedy when the loader does not find it. */
export function openLibrary(name: string, remedy: string): Library {
  try {
    return koffi.load(name);
  } catch (reason) {
    throw new IpftraceError("KERNEL_UNSUPPORTED", `${name} is not installed; ${remedy}`, { cause: reason });
  }
}
