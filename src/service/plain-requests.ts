/** What a request may read of the kernel and of packets beside their headers. */
import { IpftraceError } from "../errors.js";
import { Fault } from "../expression/fault.js";
import { parse } from "../expression/parse.js";
import { notPlain } from "../expression/plain.js";
import { quote } from "../filter/quote.js";
import { CustomKind, type Module } from "../gen/ipftrace/v1/custom.js";
import type { TraceRequest } from "../gen/ipftrace/v1/trace_service.js";
import { includesRole } from "../security/roles.js";
import type { Access } from "./access.js";

/**
 * Operators may read what they like, unless a filter says which packets are theirs.
 *
 * @throws IpftraceError FORBIDDEN for an expression that may read addresses, the kernel's memory, or what a packet
 * carries. What is no expression at all is told by those who read it.
 */
export function refuseDeepReading(request: Pick<TraceRequest, "filter" | "modules">, access: Access): void {
  if (includesRole(access.role, "operator") && access.mandatory === undefined) return;
  check(request.filter?.whereExpression ?? "", "filter.where_expression");
  for (const [index, module] of request.modules.entries()) checkModule(module, `modules[${index}]`);
}

function checkModule({ fields, match }: Module, path: string): void {
  check(match, `${path}.match`);
  for (const [index, { kind, read, alternatives }] of fields.entries()) {
    const place = `${path}.fields[${index}]`;
    if (kind === CustomKind.CUSTOM_KIND_BYTES) throw refused(`${place}: its kind is bytes`);
    check(read, `${place}.read`);
    for (const [n, other] of alternatives.entries()) check(other, `${place}.alternatives[${n}]`);
  }
}

function check(text: string, path: string): void {
  if (text === "") return;
  try {
    const deep = notPlain(parse(text));
    if (deep !== undefined) throw refused(`${path}: it reads ${quote(text.slice(deep.at, deep.end))}`);
  } catch (reason) {
    if (!(reason instanceof Fault)) throw reason;
  }
}

function refused(what: string): IpftraceError {
  return new IpftraceError(
    "FORBIDDEN",
    `${what}, which may hold addresses of the kernel or what packets carry: that is for operators without a mandatory filter; others read members of headers, of skb, skb->dev and skb->sk that docs/security.md lists, or take an installed module by name`,
  );
}
