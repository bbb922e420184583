/**
 * Datagrams to a unix socket, which Node.js cannot send: how a service tells its supervisor.
 * Called on the main thread; libbpf is none of its business.
 */
import koffi from "koffi";
import { lazy } from "./lazy.js";
import { openLibrary } from "./library.js";

/** sys/socket.h */
const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const MSG_NOSIGNAL = 0x4000;
/** sockaddr_un: the family, and the path. */
const FAMILY_BYTES = 2;
const MAX_PATH_BYTES = 108;

const libc = lazy(() => {
  const c = openLibrary("libc.so.6", "ipftrace needs glibc");
  return {
    socket: c.func("int socket(int domain, int type, int protocol)"),
    sendTo: c.func(
      "int64_t sendto(int fd, const void *bytes, size_t length, int flags, const void *address, uint32 addressLength)",
    ),
    close: c.func("int close(int fd)"),
  };
});

/** Sends a text to the socket at `path`; one that begins with @ is in the abstract namespace. Throws what the system says. */
export function sendToSocket(path: string, text: string): void {
  const bytes = Buffer.from(text);
  const address = socketAddress(path);
  const fd = checked("socket", libc().socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0) as number);
  try {
    checked("sendto", Number(libc().sendTo(fd, bytes, bytes.length, MSG_NOSIGNAL, address, address.length)));
  } finally {
    libc().close(fd);
  }
}

/** Its length tells where an abstract name ends; a path ends with NUL. */
function socketAddress(path: string): Buffer {
  const name = Buffer.from(path.startsWith("@") ? `\0${path.slice(1)}` : `${path}\0`);
  if (name.length > MAX_PATH_BYTES) throw new Error(`"${path}" is longer than a socket's path may be`);
  const address = Buffer.alloc(FAMILY_BYTES + name.length);
  address.writeUInt16LE(AF_UNIX, 0);
  name.copy(address, FAMILY_BYTES);
  return address;
}

function checked(what: string, result: number): number {
  if (result >= 0) return result;
  throw new Error(`${what}: errno ${koffi.errno()}`);
}
