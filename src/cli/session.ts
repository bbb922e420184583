/** The command `session`, and `trace --detach`: sessions of a server. */
import { ask } from "../client/ask.js";
import { printable } from "../client/printable.js";
import { sessionsOf } from "../client/sessions.js";
import { IpftraceError } from "../errors.js";
import type { CreateSessionRequest, Session } from "../gen/ipftrace/v1/session_service.js";
import type { TraceRequest } from "../gen/ipftrace/v1/trace_service.js";
import { failUsage } from "./exit.js";
import type { Io } from "./io.js";
import type { OptionValues } from "./options.js";
import { print } from "./output.js";
import type { ParsedOptions } from "./parse.js";
import { withServer } from "./reach.js";
import { sessionJson, sessionTable } from "./session-text.js";

/** Attaching a trace may take half a minute on a slow machine, detaching likewise. */
const TIMEOUT_MS = 120_000;
/** How long journeys may take to end, `session flush`. */
const FLUSH_MS = 30_000;

/** Exit status 0; 2 without what it needs. Throws the ServiceError of a call that failed. */
export async function session({ operand, second, values }: ParsedOptions, io: Io): Promise<number> {
  if (values.server === undefined) return failUsage(io, "sessions live on a server; give --server ADDRESS");
  if (operand === "list") return list(values, io);
  if (second === undefined) return failUsage(io, `NAME is missing: the session to ${operand}`);
  return withServer(values, async (server) => {
    const client = sessionsOf(server);
    switch (operand) {
      case "show":
        return show(io, values, (await ask(client.getSession.bind(client), { name: second }, TIMEOUT_MS)).session);
      case "delete":
        return show(io, values, (await ask(client.deleteSession.bind(client), { name: second }, TIMEOUT_MS)).session);
      default:
        await ask(client.flushSession.bind(client), { name: second, timeoutMs: FLUSH_MS }, TIMEOUT_MS);
        return 0;
    }
  });
}

async function list(values: OptionValues, io: Io): Promise<number> {
  return withServer(values, async (server) => {
    const client = sessionsOf(server);
    const { sessions } = await ask(client.listSessions.bind(client), {}, TIMEOUT_MS);
    await print(io, values.output === "jsonl" ? sessions.map(sessionJson).join("") : sessionTable(sessions));
    return 0;
  });
}

/** Starts a session instead of a trace. Exit status 0. Throws as {@link session}. */
export async function detach(name: string, trace: TraceRequest, values: OptionValues, io: Io): Promise<number> {
  const { historyBytes = 0n, historyAgeMs = 0, expireAfterMs = 0 } = values;
  const request: CreateSessionRequest = {
    name,
    trace,
    history: { maxBytes: historyBytes, maxAgeMs: historyAgeMs },
    expireAfterMs,
  };
  return withServer(values, async (server) => {
    const client = sessionsOf(server);
    const { session: made, started } = await ask(client.createSession.bind(client), request, TIMEOUT_MS);
    const words = `session ${printable(name)} traces ${started?.attachedFunctions ?? 0} functions`;
    const target = values.server ?? "";
    if (!values.quiet) io.err.write(`${words}; read it: ipftrace --server ${target} --attach ${printable(name)}\n`);
    if (values.output === "jsonl") await print(io, sessionJson(known(made)));
    return 0;
  });
}

async function show(io: Io, { output }: OptionValues, found: Session | undefined): Promise<number> {
  await print(io, output === "jsonl" ? sessionJson(known(found)) : sessionTable([known(found)]));
  return 0;
}

function known(found: Session | undefined): Session {
  if (found === undefined) throw new IpftraceError("UNAVAILABLE", "the server answered without a session");
  return found;
}
