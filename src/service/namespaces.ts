/** Network namespaces by the names that `ip netns` gives. */
import { statSync } from "node:fs";
import type { Violation } from "../errors.js";
import { parseNamespaceName } from "../filter/namespace-names.js";
import { quote } from "../filter/quote.js";
import type { Filter, FlowFilter, NetworkNamespace } from "../gen/ipftrace/v1/filter.js";

/** Where `ip netns` keeps them, NETNS_RUN_DIR of iproute2. */
const NETNS_FOLDER = "/run/netns";

/** A filter whose namespaces are inode numbers; those not found stay, and are told in `violations`. */
export function resolveNamespaces(filter: Filter): { filter: Filter; violations: Violation[] } {
  const violations: Violation[] = [];
  const inList = (entries: readonly FlowFilter[], path: string): FlowFilter[] =>
    entries.map((entry, index) => {
      const netns = entry.netns.map((one, n) => resolveOne(one, `${path}[${index}].netns[${n}]`, violations));
      return { ...entry, netns };
    });
  const { allow, deny } = filter;
  return { filter: { ...filter, allow: inList(allow, "filter.allow"), deny: inList(deny, "filter.deny") }, violations };
}

function resolveOne(given: NetworkNamespace, field: string, violations: Violation[]): NetworkNamespace {
  // What is no name is told by the check of the filter: it must not reach the file system.
  if (given.namespace?.$case !== "name" || "error" in parseNamespaceName(given.namespace.value)) return given;
  const { value: name } = given.namespace;
  const inode = inodeOf(name);
  if (inode !== undefined) return { namespace: { $case: "inode", value: inode } };
  violations.push({
    field,
    description: `this node has no network namespace ${quote(name)}: "ip netns list" there names them; for others give the inode number`,
  });
  return given;
}

function inodeOf(name: string): number | undefined {
  return statSync(`${NETNS_FOLDER}/${name}`, { throwIfNoEntry: false })?.ino;
}
