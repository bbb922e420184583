/** A client's side of TLS, from the command line. */
import { readFileSync } from "node:fs";
import type { TlsOptions } from "../client/channel.js";
import { IpftraceError, messageOf } from "../errors.js";
import type { OptionValues } from "./options.js";

/** What the command line says of the way to a server. */
export type ServerOptions = Pick<OptionValues, "server" | "tlsCa" | "tlsCert" | "tlsKey" | "tlsServerName">;

/** The files, read; undefined where no option asks for TLS. @throws IpftraceError INVALID_INPUT for one that cannot be read. */
export function tlsOptions({ tlsCa, tlsCert, tlsKey, tlsServerName }: ServerOptions): TlsOptions | undefined {
  const [authorities, certificate, key] = [
    bytesOf("--tls-ca", tlsCa),
    bytesOf("--tls-cert", tlsCert),
    bytesOf("--tls-key", tlsKey),
  ];
  const options = {
    ...(authorities && { authorities }),
    ...(certificate && { certificate }),
    ...(key && { key }),
    ...(tlsServerName !== undefined && { serverName: tlsServerName }),
  };
  return Object.keys(options).length === 0 ? undefined : options;
}

function bytesOf(option: string, path: string | undefined): Buffer | undefined {
  try {
    return path === undefined ? undefined : readFileSync(path);
  } catch (reason) {
    throw IpftraceError.invalid([{ field: option, description: `cannot be read: ${messageOf(reason)}` }]);
  }
}
