/** What a server that runs elsewhere says of itself, and whether it goes with this client. */
import { enumName } from "../../client/enum-name.js";
import type { Health } from "../../client/health.js";
import { type Caller, roleToJSON } from "../../gen/ipftrace/v1/node.js";
import type { GetNodeResponse } from "../../gen/ipftrace/v1/trace_service.js";
import { type Finding, fault, limit, ok } from "./finding.js";

/** An answer of GetNode, and what was measured while it came. */
export interface Answer {
  readonly node: GetNodeResponse;
  /** Real time of this machine before the question and after the answer, ns since 1970. */
  readonly askedNs: bigint;
  readonly answeredNs: bigint;
  readonly health: Health;
}

/** A larger difference of clocks puts the hops of two nodes into the wrong order. */
const NOTABLE_DIFFERENCE_MS = 100;

/** The clock of a server against ours. */
export interface ClockDifference {
  /** Its time less ours, ms: positive where its clock is ahead. */
  readonly aheadMs: number;
  /** Half of the time that the question took, ms: no more is known. */
  readonly uncertaintyMs: number;
}

/** undefined where the server tells no clock. */
export function clockDifference({ node, askedNs, answeredNs }: Answer): ClockDifference | undefined {
  if (node.clock === undefined) return undefined;
  const middleNs = (askedNs + answeredNs) / 2n;
  const ms = (ns: bigint): number => Math.round(Number(ns) / 1e4) / 100;
  return { aheadMs: ms(node.clock.realtimeNs - middleNs), uncertaintyMs: ms((answeredNs - askedNs) / 2n) };
}

/** `version` is this client's. */
export function findRemote(answer: Answer, version: string): Finding[] {
  return [
    health(answer.health),
    versions(answer.node.node?.version ?? "", version),
    role(answer.node.caller),
    clock(clockDifference(answer)),
  ];
}

function role(caller: Caller | undefined): Finding {
  if (caller === undefined) return limit("role", "the server does not tell");
  const name = enumName(roleToJSON, caller.role, "ROLE_").toLowerCase();
  return ok("role", `${name}, as ${caller.identity}`);
}

function health(told: Health): Finding {
  if (told === "SERVING") return ok("health", told);
  if (told === "not told") return limit("health", "the server has no health service");
  return fault(
    "health",
    `${told}: it is stopping, or nothing can be traced there`,
    "see its log, and the backends below",
  );
}

/** Before 1.0 a minor version may break what was; from then on only a major one. */
function versions(theirs: string, ours: string): Finding {
  const series = (version: string): string => /^0\.\d+|^\d+/.exec(version)?.[0] ?? version;
  if (theirs === ours) return ok("version", `${theirs}, as this client`);
  if (series(theirs) === series(ours)) return ok("version", `${theirs}, which goes with this client's ${ours}`);
  return limit(
    "version",
    `${theirs}, and this client is ${ours}: they may not understand all of each other`,
    "use a client and a server of the same version",
  );
}

function clock(difference: ClockDifference | undefined): Finding {
  if (difference === undefined) return limit("clock", "the server does not tell its time");
  const { aheadMs, uncertaintyMs } = difference;
  const found = `${Math.abs(aheadMs)} ms ${aheadMs < 0 ? "behind" : "ahead of"} this machine's, within ${uncertaintyMs} ms`;
  if (Math.abs(aheadMs) <= NOTABLE_DIFFERENCE_MS + uncertaintyMs) return ok("clock", found);
  return limit("clock", found, "synchronize both by NTP or PTP, before you compare times of several nodes");
}
