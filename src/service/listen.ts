/** Addresses on which the server listens, read and checked. */
import { IpftraceError } from "../errors.js";
import { type Role, roles } from "../security/roles.js";

/** sockaddr_un.sun_path, less the final NUL. */
const MAX_SOCKET_PATH = 107;

/** Folders may have an @ in their names, a socket's own name may not. */
const UNIX_ADDRESS = /^(.*?)(?:@([^/]*))?$/s;

/** An address that can be bound, and who its clients are. */
export type ListenAddress =
  | {
      readonly kind: "unix";
      readonly path: string;
      readonly target: string;
      /** Of everybody who can open the socket. */
      readonly role: Role;
      /** The group that can open the socket, by name or number; undefined: that of the process. */
      readonly group: string | undefined;
    }
  /** Without encryption, on loopback: its clients are readers. */
  | { readonly kind: "tcp"; readonly target: string }
  /** With certificates, which say who its clients are. */
  | { readonly kind: "tls"; readonly target: string };

/** An address as it is configured. */
export interface ListenEntry {
  readonly address: string;
  readonly role?: Role | undefined;
  readonly group?: string | undefined;
}

/** How TCP may be served. */
export interface TcpSettings {
  /** Whether loopback may be served without encryption. */
  readonly insecure?: boolean;
  /** Whether the server has certificates: then all of TCP is encrypted. */
  readonly hasTls?: boolean;
}

const HOW_TO_ENCRYPT = "give --tls-cert, --tls-key and --tls-ca, for TLS with certificates on both sides";

/**
 * Reads `unix:PATH[@ROLE[:GROUP]]` or `HOST:PORT`.
 *
 * @throws IpftraceError INVALID_INPUT for anything else, and for TCP without certificates that is beyond loopback
 * or not allowed to be `insecure`.
 */
export function parseListenAddress(
  given: string | ListenEntry,
  { insecure = false, hasTls = false }: TcpSettings = {},
): ListenAddress {
  const entry = typeof given === "string" ? { address: given } : given;
  const { address } = entry;
  if (address.startsWith("unix:")) return unixAddress(address.slice("unix:".length), entry);
  const match = /^(.+):(\d{1,5})$/.exec(address);
  const port = Number(match?.[2]);
  const host = match?.[1]?.replace(/^\[(.*)\]$/, "$1");
  if (host === undefined || port > 65_535) {
    throw invalid(`"${address}" is not an address; accepted are unix:PATH[@ROLE[:GROUP]] and HOST:PORT`);
  }
  if (entry.role !== undefined || entry.group !== undefined)
    throw invalid(`"${address}" has a role or a group: only unix sockets have; those of TCP follow from certificates`);
  if (!hasTls) checkPlain(address, host, insecure);
  return { kind: hasTls ? "tls" : "tcp", target: host.includes(":") ? `[${host}]:${port}` : `${host}:${port}` };
}

function checkPlain(address: string, host: string, insecure: boolean): void {
  if (!isLoopback(host)) {
    throw invalid(`"${address}" is not on loopback, and would be served without encryption: ${HOW_TO_ENCRYPT}`);
  }
  if (!insecure) {
    throw invalid(
      `"${address}" would be served without encryption: ${HOW_TO_ENCRYPT}; or add --insecure to allow that on loopback`,
    );
  }
}

function unixAddress(text: string, { role, group }: ListenEntry): ListenAddress {
  const [, path = "", suffix] = UNIX_ADDRESS.exec(text) ?? [];
  if (!path.startsWith("/")) throw invalid(`"unix:${path}" needs an absolute path`);
  if (Buffer.byteLength(path) > MAX_SOCKET_PATH) {
    throw invalid(`"unix:${path}" is longer than the ${MAX_SOCKET_PATH} bytes that a socket's path may have`);
  }
  const ofSocket = { kind: "unix", path, target: `unix:${path}` } as const;
  if (suffix === undefined) return { ...ofSocket, role: role ?? "reader", group };
  if (role !== undefined || group !== undefined)
    throw invalid(`"unix:${text}" has a role, and there is another role or group: give them once`);
  const [ofSuffix = "", ...groups] = suffix.split(":");
  return { ...ofSocket, role: roleOf(ofSuffix), group: groups.join(":") || undefined };
}

function roleOf(text: string): Role {
  const found = roles.find((role) => role === text);
  if (found === undefined) throw invalid(`"@${text}" is not a role; accepted are ${roles.join(", ")}`);
  return found;
}

/** Whether a host, without brackets, is this machine by its name or number. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}

function invalid(description: string): IpftraceError {
  return IpftraceError.invalid([{ field: "--listen", description }]);
}
