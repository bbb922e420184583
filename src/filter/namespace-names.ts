import type { Parsed } from "./parsed.js";
import { quote } from "./quote.js";

/** Longest name of a file, NAME_MAX of include/uapi/linux/limits.h. */
const maxBytes = 255;

/** Reads the name of a network namespace as `ip netns` gives it: a file's name, never a path. */
export function parseNamespaceName(text: string): Parsed<string> {
  const isName = text !== "" && text !== "." && text !== ".." && !/[/\0]/.test(text);
  if (isName && Buffer.byteLength(text) <= maxBytes) return { value: text };
  return {
    error: `${quote(text)} is not the name of a network namespace: give a name of "ip netns list", without "/"`,
  };
}
