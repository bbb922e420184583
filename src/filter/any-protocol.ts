import type { Filter } from "../gen/ipftrace/v1/filter.js";

/** Whether packets other than IPv4 and IPv6 may match: an expression is asked for, and no flow. */
export function followsAnyProtocol({ allow, deny, pcapExpression, whereExpression }: Filter): boolean {
  if (allow.length + deny.length > 0) return false;
  return pcapExpression !== "" || whereExpression !== "";
}
