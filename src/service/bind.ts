/** Makes addresses safe to bind. */
import { chmodSync, chownSync, lstatSync, mkdirSync, unlinkSync } from "node:fs";
import { connect } from "node:net";
import { dirname } from "node:path";
import { IpftraceError, messageOf } from "../errors.js";
import { groupId } from "./groups.js";
import type { ListenAddress } from "./listen.js";

/** Owner and group: whoever may trace is put into the socket's group. */
const SOCKET_MODE = 0o660;
/** What is taken away from a new socket's mode, until it is set. */
const SOCKET_UMASK = 0o177;
/** chown(2): leave it as it is. */
const SAME_OWNER = -1;

/**
 * Binds with `bind` and leaves a socket of mode 0660. A socket that nobody serves is taken
 * over, a live one is refused.
 *
 * @throws IpftraceError UNAVAILABLE, INVALID_INPUT for a group that is not there
 */
export async function bindSafely(address: ListenAddress, bind: (target: string) => Promise<unknown>): Promise<void> {
  try {
    if (address.kind !== "unix") {
      await bind(address.target);
      return;
    }
    const { path, group } = address;
    const gid = group === undefined ? undefined : groupId(group);
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    await removeStale(path);
    await bindSocket(() => bind(address.target));
    if (gid !== undefined) chownSync(path, SAME_OWNER, gid);
    chmodSync(path, SOCKET_MODE);
  } catch (reason) {
    throw IpftraceError.from(reason, "UNAVAILABLE", `cannot listen on ${address.target}`);
  }
}

/** Nobody but the owner can connect until the mode is set, whatever the umask of the service manager. */
async function bindSocket(bind: () => Promise<unknown>): Promise<void> {
  const umask = process.umask(SOCKET_UMASK);
  try {
    await bind();
  } finally {
    process.umask(umask);
  }
}

async function removeStale(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket())
    throw new IpftraceError("UNAVAILABLE", `cannot listen on unix:${path}: it exists and is not a socket`);
  if (await isServed(path)) {
    throw new IpftraceError("UNAVAILABLE", `cannot listen on unix:${path}: another server is serving it`);
  }
  unlinkSync(path);
}

function isServed(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNREFUSED") resolve(false);
      else reject(new Error(messageOf(error)));
    });
  });
}
