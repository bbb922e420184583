/** The configuration of `serve`: what the command line, the environment and the file say together. */
import { loadConfig } from "../config/load.js";
import type { Effective } from "../config/resolve.js";
import { IpftraceError } from "../errors.js";
import { type ListenAddress, parseListenAddress } from "../service/listen.js";
import type { Io } from "./io.js";
import { longName, optionSpec } from "./options.js";
import type { ParsedOptions } from "./parse.js";

/** A configuration that can be served, as far as can be told without serving it. */
export interface ServeConfig extends Effective {
  readonly addresses: readonly ListenAddress[];
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
  return { ...effective, addresses: readAddresses(effective) };
}

function readAddresses({ config, values }: Effective): ListenAddress[] {
  const faults: string[] = [];
  const addresses = config.listen.flatMap((entry) => {
    try {
      return [parseListenAddress(entry, config.security)];
    } catch (reason) {
      if (!(reason instanceof IpftraceError)) throw reason;
      faults.push(...reason.violations.map(({ description }) => `${values.get("listen")?.origin}: ${description}`));
      return [];
    }
  });
  if (addresses.length === 0 && faults.length === 0)
    faults.push(`${values.get("listen")?.origin}: listen is empty: give at least one address`);
  if (faults.length > 0) throw new IpftraceError("INVALID_INPUT", faults.join("\n"));
  return addresses;
}
