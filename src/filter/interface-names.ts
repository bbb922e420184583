import { INTERFACE_NAME_BYTES } from "./packet-fields.js";
import type { Parsed } from "./parsed.js";
import { quote } from "./quote.js";

const maxBytes = INTERFACE_NAME_BYTES - 1;

/** Reads the name of an interface, by the kernel's rules: dev_valid_name of net/core/dev.c. */
export function parseInterfaceName(text: string): Parsed<string> {
  const isName = text !== "" && text !== "." && text !== ".." && !/[/:\s\0]/.test(text);
  if (isName && Buffer.byteLength(text) <= maxBytes) return { value: text };
  return {
    error: `${quote(text)} is not the name of an interface: give 1-${maxBytes} bytes without blanks, "/" and ":", for example "eth0"`,
  };
}
