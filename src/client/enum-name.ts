/**
 * The name of an enum value without its enum's prefix: "EGRESS" for END_REASON_EGRESS. A value that
 * this version of the contract does not know is its number: "99".
 */
export function enumName<T extends number>(toName: (value: T) => string, value: T, prefix: string): string {
  const name = toName(value);
  if (name === "UNRECOGNIZED") return String(value);
  return name.startsWith(prefix) ? name.slice(prefix.length) : name;
}
