/** The name of an enum value without its enum's prefix: "END_REASON_EGRESS" is "EGRESS". */
export function shortName(name: string, prefix: string): string {
  return name.startsWith(prefix) ? name.slice(prefix.length) : name;
}
