/** The configuration of `serve`: what the command line, the environment and the file say together. */
import { loadConfig } from "../config/load.js";
import type { Effective } from "../config/resolve.js";
import type { ServerConfig } from "../config/table.js";
import { IpftraceError } from "../errors.js";
import { type ListenAddress, parseListenAddress } from "../service/listen.js";
import type { TlsSettings } from "../service/listeners.js";
import { mandatoryFilter } from "../service/mandatory.js";
import type { Io } from "./io.js";
import { longName, optionSpec } from "./options.js";
import type { ParsedOptions } from "./parse.js";

/** A configuration that can be served, as far as can be told without serving it. */
export interface ServeConfig extends Effective {
  readonly addresses: readonly ListenAddress[];
  /** By HTTP. */
  readonly httpAddresses: readonly ListenAddress[];
  readonly tls: TlsSettings | undefined;
}

/** @throws IpftraceError INVALID_INPUT, with each fault on a line. */
export function readServeConfig({ values, given }: ParsedOptions, { env }: Pick<Io, "env">): ServeConfig {
  const flags = new Map(
    [...given].map(([key, all]) => [
      longName(key),
      optionSpec(key).kind === "flag" ? ["true"] : all.map(({ text }) => text),
    ]),
  );
  const effective = loadConfig(values.config, { flags, environment: env });
  const tls = readTls(effective.config.security);
  const faults: string[] = [];
  const addresses = readAddresses(effective, "listen", tls !== undefined, faults);
  const httpAddresses = readAddresses(effective, "http.listen", tls !== undefined, faults);
  if (addresses.length === 0 && faults.length === 0)
    faults.push(`${effective.values.get("listen")?.origin}: listen is empty: give at least one address`);
  if (faults.length > 0) throw new IpftraceError("INVALID_INPUT", faults.join("\n"));
  return { ...effective, addresses, httpAddresses, tls };
}

/** All of what TLS needs, or none. */
function readTls({ tls, identities, insecure }: ServerConfig["security"]): TlsSettings | undefined {
  const { certificate, key, clientAuthority } = tls;
  if (certificate === undefined && key === undefined && clientAuthority === undefined) return undefined;
  if (certificate === undefined || key === undefined || clientAuthority === undefined) {
    throw invalid(
      "security.tls: TLS needs all of certificate, key and clientAuthority (--tls-cert, --tls-key, --tls-ca)",
    );
  }
  if (insecure) throw invalid("security.insecure: with security.tls all of TCP is encrypted: leave one of both out");
  if (identities.length === 0) {
    throw invalid(
      "security.identities: is empty, so that no client has a role: give names of certificates, with their roles",
    );
  }
  const known = identities.map((one) => ({ name: one.name, role: one.role, mandatory: mandatoryFilter(one) }));
  return { certificate, key, clientAuthority, identities: known };
}

function invalid(message: string): IpftraceError {
  return new IpftraceError("INVALID_INPUT", message);
}

/** The addresses of one key; what is wrong with them goes to `faults`. */
function readAddresses(
  { config, values }: Effective,
  key: "listen" | "http.listen",
  hasTls: boolean,
  faults: string[],
): ListenAddress[] {
  const entries = key === "listen" ? config.listen : config.http.listen;
  return entries.flatMap((entry) => {
    try {
      return [parseListenAddress(entry, { insecure: config.security.insecure, hasTls })];
    } catch (reason) {
      if (!(reason instanceof IpftraceError)) throw reason;
      faults.push(...reason.violations.map(({ description }) => `${values.get(key)?.origin}: ${description}`));
      return [];
    }
  });
}
