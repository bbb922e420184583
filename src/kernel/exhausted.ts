/** Errors which say that something has run out: what it is, and what to do. */
import { IpftraceError, messageOf } from "../errors.js";
import { NativeError } from "./libbpf.js";

const remedies: Readonly<Record<string, string>> = {
  EMFILE: "the server has no file descriptor left: raise its limit (LimitNOFILE= of its unit, ulimit -n)",
  ENFILE: "this machine has no file descriptor left: raise fs.file-max",
  ENOMEM:
    "there is not enough memory: ask for a smaller ring (ring_bytes) or fewer packets at a time (tracking_entries), or raise the server's limit (MemoryMax= of its unit)",
};

/** The error as one that its reader can mend; undefined where nothing has run out. */
export function asExhausted(reason: unknown, what: string): IpftraceError | undefined {
  const remedy = reason instanceof NativeError ? remedies[reason.errnoName] : undefined;
  if (remedy === undefined) return undefined;
  return new IpftraceError("LIMIT_REACHED", `${what}: ${messageOf(reason)}; ${remedy}`, { cause: reason });
}
