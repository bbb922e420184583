/** The one place that lets calls in, whichever service they are for. */
import { ServerInterceptingCall, type ServerInterceptingCallInterface, type ServerInterceptor } from "@grpc/grpc-js";
import { IpftraceError } from "../errors.js";
import { type Caller, setCaller } from "./caller.js";
import { requestIdOf } from "./request-id.js";
import { includesRole, type Role } from "./roles.js";
import { rules } from "./rules.js";

/** Who is calling, as its way in tells. Throws IpftraceError UNAUTHENTICATED or FORBIDDEN for nobody who may. */
export type Identify = (call: ServerInterceptingCallInterface) => Pick<Caller, "identity" | "role" | "mandatory">;

/** What a guard tells of those whom it turns away. */
export interface GuardEvents {
  /** A call was refused. `who` is what is known of its maker. */
  refused(path: string, who: Partial<Caller>, reason: IpftraceError): void;
}

/** How an error goes to a client. */
export type ToStatus = (reason: unknown) => Parameters<ServerInterceptingCallInterface["sendStatus"]>[0];

/** An interceptor that knows who calls, and lets through only what that one may do. */
export function guard(identify: Identify, events: GuardEvents, toStatus: ToStatus): ServerInterceptor {
  return ({ path }, call) =>
    new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, pass) => {
            const known = { peer: call.getPeer(), requestId: requestIdOf(metadata) };
            const caller = admit(path, known, () => identify(call), events);
            if (caller instanceof IpftraceError) {
              call.sendStatus(toStatus(caller));
              return;
            }
            setCaller(metadata, caller);
            pass(metadata);
          },
        }),
    });
}

function admit(
  path: string,
  known: Pick<Caller, "peer" | "requestId">,
  identify: () => Pick<Caller, "identity" | "role" | "mandatory">,
  events: GuardEvents,
): Caller | IpftraceError {
  let who: Partial<Caller> = known;
  try {
    const caller = { ...known, ...identify() };
    who = caller;
    checkRole(path, caller);
    return caller;
  } catch (reason) {
    const refusal = IpftraceError.from(reason, "FORBIDDEN", "find out who is calling");
    events.refused(path, who, refusal);
    return refusal;
  }
}

function checkRole(path: string, { identity, role }: Caller): void {
  const least: Role | undefined = rules.get(path);
  if (least !== undefined && includesRole(role, least)) return;
  const method = path.slice(1);
  if (least === undefined) throw new IpftraceError("FORBIDDEN", `this server lets nobody call ${method}`);
  const remedy = identity.startsWith("unix:")
    ? `ask at a socket for the role ${least}, such as --server unix:/run/ipftrace/${least}.sock`
    : `this server's operator gives roles`;
  throw new IpftraceError("FORBIDDEN", `${method} needs the role ${least}, and "${identity}" is ${role}: ${remedy}`);
}
