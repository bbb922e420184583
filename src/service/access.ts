/** What the maker of a request may do, and what the server has for it. */
import { IpftraceError } from "../errors.js";
import type { Module } from "../gen/ipftrace/v1/custom.js";
import type { NodeLimits } from "../gen/ipftrace/v1/node.js";
import type { Caller } from "../security/caller.js";
import { includesRole } from "../security/roles.js";
import { defaultLimits } from "./limits.js";

/** Given with every request. */
export interface Access extends Caller {
  /** Folder of the modules that its operator has installed; undefined: none beside those that come with ipftrace. */
  readonly moduleFolder: string | undefined;
  /** What this server accepts. */
  readonly limits: NodeLimits;
}

/** For a request of which nothing is known. */
export const leastAccess: Access = {
  identity: "nobody",
  role: "reader",
  mandatory: undefined,
  peer: "unknown",
  requestId: "",
  moduleFolder: undefined,
  limits: defaultLimits,
};

/** @throws IpftraceError FORBIDDEN for code from a client that may bring none. */
export function refuseCode(modules: readonly Module[], { role, mandatory }: Access): void {
  const found = modules.find(({ object }) => object.length > 0);
  if (found === undefined) return;
  if (includesRole(role, "operator")) {
    if (mandatory === undefined) return;
    throw new IpftraceError(
      "FORBIDDEN",
      `"${found.name}" is a compiled module: code can read more than the packets that this server's operator lets you trace; give its name when the operator has put it into the folder of serve --module-dir`,
    );
  }
  throw new IpftraceError(
    "FORBIDDEN",
    `"${found.name}" is a compiled module, and this server takes code from operators only: ask at their socket (--server unix:/run/ipftrace/operator.sock), or let its operator put the module into the folder of serve --module-dir, and give its name`,
  );
}
