/** The command `serve`, which is also ipftraced: runs the server until SIGTERM or Ctrl-C. */
import { once } from "node:events";
import { IpftraceError } from "../errors.js";
import { makeLogger } from "../log.js";
import { type ListenAddress, parseListenAddress } from "../service/listen.js";
import { startServer } from "../service/server.js";
import { failUsage } from "./exit.js";
import { watchInterrupts } from "./interrupts.js";
import type { Io } from "./io.js";
import type { ParsedOptions } from "./parse.js";

const DEFAULT_LISTEN = "unix:/run/ipftrace/ipftraced.sock";

/** The addresses, or what is wrong with one of them. */
function readAddresses(texts: readonly string[], insecure: boolean): ListenAddress[] | IpftraceError {
  try {
    return texts.map((text) => parseListenAddress(text, insecure));
  } catch (reason) {
    if (reason instanceof IpftraceError) return reason;
    throw reason;
  }
}

/** Serves; 0 after an orderly stop, 2 for an address that cannot be served. @throws IpftraceError when it cannot listen. */
export async function serve({ values }: ParsedOptions, io: Io): Promise<number> {
  const log = makeLogger(values.logLevel ?? "info");
  const texts = values.listen ?? [DEFAULT_LISTEN];
  const addresses = readAddresses(texts, values.insecure === true);
  if (addresses instanceof IpftraceError) return failUsage(io, addresses.message);
  const interrupts = watchInterrupts(io);
  try {
    const server = await startServer(addresses, log, { moduleFolder: values.moduleFolder });
    log.info({ addresses: addresses.map(({ target }) => target) }, "serving");
    if (!interrupts.stop.aborted) await once(interrupts.stop, "abort");
    log.info("stopping");
    await server.stop();
    log.info("stopped");
    return 0;
  } finally {
    interrupts.dispose();
  }
}
