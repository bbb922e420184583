/** Most characters of foreign text that a message repeats. */
const maxQuotedLength = 60;

/**
 * Text of a user or a remote client, made fit for a message: in double quotes, shortened, and
 * with control characters escaped, because messages reach terminals.
 */
export function quote(text: string): string {
  const shown = text.length > maxQuotedLength ? `${text.slice(0, maxQuotedLength)}…` : text;
  return JSON.stringify(shown).replace(/[\u007f-\u009f]/g, (char) => `\\u00${char.charCodeAt(0).toString(16)}`);
}
