/** Addresses on which the server listens: checked, and made safe to bind. */
import { chmodSync, lstatSync, mkdirSync, unlinkSync } from "node:fs";
import { connect } from "node:net";
import { dirname } from "node:path";
import { IpftraceError, messageOf } from "../errors.js";

/** sockaddr_un.sun_path, less the final NUL. */
const MAX_SOCKET_PATH = 107;
/** Owner and group: whoever may trace is put into the socket's group. */
const SOCKET_MODE = 0o660;
/** What is taken away from a new socket's mode, until it is set. */
const SOCKET_UMASK = 0o177;

/** An address that can be bound. */
export type ListenAddress =
  | { readonly kind: "unix"; readonly path: string; readonly target: string }
  | { readonly kind: "tcp"; readonly target: string };

/**
 * Reads `unix:PATH` or `HOST:PORT`.
 *
 * @throws IpftraceError INVALID_INPUT for anything else, and for TCP beyond loopback or without `insecure`.
 */
export function parseListenAddress(text: string, insecure: boolean): ListenAddress {
  if (text.startsWith("unix:")) return unixAddress(text.slice("unix:".length));
  const match = /^(.+):(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  const host = match?.[1]?.replace(/^\[(.*)\]$/, "$1");
  if (host === undefined || port > 65_535) {
    throw invalid(`"${text}" is not an address; accepted are unix:PATH and HOST:PORT`);
  }
  if (!isLoopback(host))
    throw invalid(`"${text}" is not on loopback; this version serves TCP on 127.0.0.1, [::1] or localhost only`);
  if (!insecure)
    throw invalid(`"${text}" would be served without encryption; add --insecure to allow that on loopback`);
  return { kind: "tcp", target: host.includes(":") ? `[${host}]:${port}` : `${host}:${port}` };
}

function unixAddress(path: string): ListenAddress {
  if (!path.startsWith("/")) throw invalid(`"unix:${path}" needs an absolute path`);
  if (Buffer.byteLength(path) > MAX_SOCKET_PATH) {
    throw invalid(`"unix:${path}" is longer than the ${MAX_SOCKET_PATH} bytes that a socket's path may have`);
  }
  return { kind: "unix", path, target: `unix:${path}` };
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}

function invalid(description: string): IpftraceError {
  return IpftraceError.invalid([{ field: "--listen", description }]);
}

/**
 * Binds with `bind` and leaves a socket of mode 0660. A socket that nobody serves is taken
 * over, a live one is refused.
 *
 * @throws IpftraceError UNAVAILABLE
 */
export async function bindSafely(address: ListenAddress, bind: (target: string) => Promise<unknown>): Promise<void> {
  try {
    if (address.kind === "tcp") {
      await bind(address.target);
      return;
    }
    mkdirSync(dirname(address.path), { recursive: true, mode: 0o755 });
    await removeStale(address.path);
    await bindSocket(address.path, () => bind(address.target));
  } catch (reason) {
    throw IpftraceError.from(reason, "UNAVAILABLE", `cannot listen on ${address.target}`);
  }
}

async function bindSocket(path: string, bind: () => Promise<unknown>): Promise<void> {
  // Nobody can connect between bind and chmod, whatever the umask of the service manager.
  const umask = process.umask(SOCKET_UMASK);
  try {
    await bind();
  } finally {
    process.umask(umask);
  }
  chmodSync(path, SOCKET_MODE);
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
