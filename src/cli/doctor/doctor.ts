/** The command `doctor`: what a node can do, what it lacks, and what to do about that. */
import { hostname, machine, release } from "node:os";
import { ask } from "../../client/ask.js";
import { askHealth } from "../../client/health.js";
import { messageOf } from "../../errors.js";
import { GetNodeResponse } from "../../gen/ipftrace/v1/trace_service.js";
import { version } from "../../release/version.js";
import type { ServerOptions } from "../client-tls.js";
import { isServiceError } from "../exit.js";
import type { Io } from "../io.js";
import { print } from "../output.js";
import type { ParsedOptions } from "../parse.js";
import { withServer } from "../reach.js";
import { fault } from "./finding.js";
import { findLocal } from "./local.js";
import { type Answer, findRemote } from "./remote.js";
import { canTrace, type Report, renderJson, renderText } from "./render.js";
import { thisSystem } from "./system.js";

/** A server tries its backends before it answers the first time. */
const TIMEOUT_MS = 60_000;

/** 0 when packets can be traced there, 1 when not. */
export async function doctor({ values }: ParsedOptions, io: Io): Promise<number> {
  const report = values.server === undefined ? await reportHere() : await reportThere(values);
  await print(io, values.report === "json" ? renderJson(report) : renderText(report));
  return canTrace(report) ? 0 : 1;
}

/** Of this machine something can be said even if the collector does not start. */
async function reportHere(): Promise<Report> {
  const findings = findLocal(thisSystem());
  try {
    const node = await withServer({}, (client) => ask(client.getNode.bind(client), {}, TIMEOUT_MS));
    return { node, findings, isRemote: false };
  } catch (reason) {
    const node = GetNodeResponse.fromPartial({
      node: { name: hostname(), kernelRelease: release(), architecture: machine(), version },
    });
    const [found = "", ...remedy] = inWords(reason).split("; ");
    return { node, findings: [...findings, fault("collector", found, remedy.join("; "))], isRemote: false };
  }
}

async function reportThere(way: ServerOptions): Promise<Report> {
  const answer = await withServer(way, async (client): Promise<Answer> => {
    const health = await askHealth(client, TIMEOUT_MS);
    const askedNs = realtimeNs();
    const node = await ask(client.getNode.bind(client), {}, TIMEOUT_MS);
    return { node, health, askedNs, answeredNs: realtimeNs() };
  });
  return { node: answer.node, findings: findRemote(answer, version), isRemote: true };
}

/** What went wrong; what to do about it behind a semicolon. A failed call's message begins with the number of its status. */
function inWords(reason: unknown): string {
  return isServiceError(reason) ? reason.details : messageOf(reason);
}

function realtimeNs(): bigint {
  return BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n;
}
