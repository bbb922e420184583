/** What the audit says of requests. */
import { status } from "@grpc/grpc-js";
import type { TraceRequest } from "../gen/ipftrace/v1/trace_service.js";
import { toStatus } from "./status.js";

/** A trace in so many words: how much it asks of packets, and not what. */
export function auditedTrace(request: TraceRequest) {
  const { session, filter, functionRegex, beginRegex, manifestSource, moduleNames, modules } = request;
  if (session !== undefined) return { session: session.sessionName };
  const expressions = [filter?.pcapExpression, filter?.innerPcapExpression, filter?.whereExpression];
  return {
    manifest: manifestSource?.$case === "manifestName" ? manifestSource.value : manifestSource && "of its own",
    functionRegex: functionRegex || undefined,
    beginRegex: beginRegex || undefined,
    modules: [...moduleNames, ...modules.map(({ name, object }) => (object.length > 0 ? `${name} (code)` : name))],
    allow: filter?.allow.length ?? 0,
    deny: filter?.deny.length ?? 0,
    expressions: expressions.filter((text) => text !== undefined && text !== "").length,
  };
}

/** The name of the status that a client gets for what was thrown. */
export function outcomeOf(reason: unknown): string {
  return status[toStatus(reason).code] ?? "UNKNOWN";
}
