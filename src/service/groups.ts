/** Groups of this system. */
import { readFileSync } from "node:fs";
import { IpftraceError } from "../errors.js";

/** Number of a group by its name in /etc/group, or by its number as text. @throws IpftraceError INVALID_INPUT */
export function groupId(group: string, file = "/etc/group"): number {
  if (/^\d{1,10}$/.test(group)) return Number(group);
  for (const line of readFileSync(file, "utf8").split("\n")) {
    const [name, , id] = line.split(":");
    if (name === group && id !== undefined) return Number(id);
  }
  const description = `there is no group "${group}" in ${file}: make it with "groupadd --system ${group}", or give a number`;
  throw IpftraceError.invalid([{ field: "group", description }]);
}
