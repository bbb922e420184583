/**
 * Text from a server or a packet, made fit for a terminal and for one line: control
 * characters, which could move the cursor or fake a line, become `\xNN`.
 */
export function printable(text: string): string {
  // Nearly always there is none, and to look is quicker than to replace.
  if (text.search(CONTROL) < 0) return text;
  return text.replace(CONTROL, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;
