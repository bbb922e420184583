import { closeSync, openSync, readSync } from "node:fs";
import { IpftraceError } from "../errors.js";

/** Largest manifest. One with every function of a kernel that takes an sk_buff has about 100 KiB. */
const maxManifestBytes = 1024 * 1024;

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "there is no such file",
  EISDIR: "is a directory: give a YAML file",
  EACCES: "permission denied: this user may not read it",
};

/** Throws INVALID_INPUT for a manifest, or what else the file holds, of so many bytes if that is too large. */
export function checkSize(byteLength: number, path: string, what = "manifest"): void {
  if (byteLength <= maxManifestBytes) return;
  throw new IpftraceError("INVALID_INPUT", `${path}: is larger than a ${what} may be, ${maxManifestBytes} bytes`);
}

/** Reads the text of a file; no more than the limit and one byte, so that endless devices and pipes do no harm. */
export function readManifestText(path: string, what = "manifest"): string {
  const bytes = readManifestBytes(path, what);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (reason) {
    throw new IpftraceError("INVALID_INPUT", `${path}: is not text in UTF-8: give a YAML file`, { cause: reason });
  }
}

/** The same of a file that holds no text. */
export function readManifestBytes(path: string, what: string): Uint8Array {
  try {
    const bytes = readBytes(path);
    checkSize(bytes.length, path, what);
    return bytes;
  } catch (reason) {
    const code = reason instanceof Error && "code" in reason ? String(reason.code) : "";
    const known = reasons[code];
    if (known !== undefined) throw new IpftraceError("INVALID_INPUT", `${path}: ${known}`, { cause: reason });
    throw IpftraceError.from(reason, "INVALID_INPUT", path);
  }
}

function readBytes(path: string): Uint8Array {
  const file = openSync(path, "r");
  try {
    const bytes = Buffer.alloc(maxManifestBytes + 1);
    let length = 0;
    for (let count = -1; count !== 0 && length < bytes.length; length += count) {
      count = readSync(file, bytes, length, bytes.length - length, null);
    }
    return bytes.subarray(0, length);
  } finally {
    closeSync(file);
  }
}
