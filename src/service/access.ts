/** What the clients of one address may do, and what the server has for them. */
import { IpftraceError } from "../errors.js";
import type { Module } from "../gen/ipftrace/v1/custom.js";

/** Given with every request. */
export interface Access {
  /** Whether a request may bring a compiled module: over the unix socket, which only those may open who may trace. */
  readonly mayBringCode: boolean;
  /** Folder of the modules that its operator has installed; undefined: none beside those that come with ipftrace. */
  readonly moduleFolder: string | undefined;
}

/** For a request of which nothing is known. */
export const leastAccess: Access = { mayBringCode: false, moduleFolder: undefined };

/** @throws IpftraceError FORBIDDEN for code from a client that may bring none. */
export function refuseCode(modules: readonly Module[], { mayBringCode }: Access): void {
  if (mayBringCode) return;
  const found = modules.find(({ object }) => object.length > 0);
  if (found === undefined) return;
  throw new IpftraceError(
    "FORBIDDEN",
    `"${found.name}" is a compiled module, and this server takes code only through its unix socket: ask there (--server unix:PATH), or let its operator put the module into the folder of serve --module-dir, and give its name`,
  );
}
