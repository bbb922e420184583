/** Finds the file of the configuration, and reads the configuration. */
import { readFileSync } from "node:fs";
import { IpftraceError, messageOf } from "../errors.js";
import { type Effective, FILE_VARIABLE, resolveConfig, type Sources } from "./resolve.js";

/** Read where it exists, when no other file is named. */
const DEFAULT_FILE = "/etc/ipftrace/ipftraced.yaml";
/** Far above what every key with every listener and identity takes. */
const MAX_FILE_BYTES = 1024 * 1024;

/**
 * Reads the configuration; `file` is what `--config` names.
 *
 * @throws IpftraceError INVALID_INPUT when a file that is named cannot be read, and for wrong values.
 */
export function loadConfig(file: string | undefined, sources: Omit<Sources, "file">): Effective {
  const named = file ?? sources.environment[FILE_VARIABLE];
  const path = named ?? DEFAULT_FILE;
  const text = readText(path, named !== undefined);
  return resolveConfig(text === undefined ? sources : { ...sources, file: { path, text } });
}

function readText(path: string, mustExist: boolean): string | undefined {
  try {
    const text = readFileSync(path, "utf8");
    if (text.length <= MAX_FILE_BYTES) return text;
  } catch (reason) {
    if (!mustExist && (reason as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new IpftraceError("INVALID_INPUT", `the configuration cannot be read: ${messageOf(reason)}`);
  }
  throw new IpftraceError("INVALID_INPUT", `${path} is larger than the ${MAX_FILE_BYTES} bytes that are read`);
}
