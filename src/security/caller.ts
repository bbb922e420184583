/** Who makes a call, known from how it came in. */
import type { Metadata } from "@grpc/grpc-js";
import type { MandatoryFilter } from "./mandatory.js";
import type { Role } from "./roles.js";

/** The maker of one call. */
export interface Caller {
  /** The name in the client's certificate; without TLS the address at which it came in, such as `unix:/run/ipftrace/ipftraced.sock`. */
  readonly identity: string;
  readonly role: Role;
  /** What holds for whatever it asks for; undefined: it sees every packet. */
  readonly mandatory: MandatoryFilter | undefined;
  /** Address and port of the client; `unknown` at a unix socket. */
  readonly peer: string;
  /** Ties together what the log says of one call. */
  readonly requestId: string;
}

/** By the metadata of their calls, which the server makes anew for each: no client can put itself in here. */
const callers = new WeakMap<Metadata, Caller>();

/** Notes who makes the call with these metadata. */
export function setCaller(metadata: Metadata, caller: Caller): void {
  callers.set(metadata, caller);
}

/** Who makes the call with these metadata. Throws for a call that did not come through the guard: that is a defect. */
export function callerOf(metadata: Metadata): Caller {
  const caller = callers.get(metadata);
  if (caller === undefined) throw new Error("this call passed no guard");
  return caller;
}
