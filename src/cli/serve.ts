/** The command `serve`, which is also ipftraced: runs the server until SIGTERM or Ctrl-C. */
import { once } from "node:events";
import { makeLogger } from "../log.js";
import { parseListenAddress } from "../service/listen.js";
import { startServer } from "../service/server.js";
import { watchInterrupts } from "./interrupts.js";
import type { Io } from "./io.js";
import type { ParsedOptions } from "./parse.js";

const DEFAULT_LISTEN = "unix:/run/ipftrace/ipftraced.sock";

/** Serves; 0 after an orderly stop. @throws IpftraceError when it cannot listen. */
export async function serve({ values }: ParsedOptions, io: Io): Promise<number> {
  const log = makeLogger(values.logLevel ?? "info");
  const texts = values.listen ?? [DEFAULT_LISTEN];
  const addresses = texts.map((text) => parseListenAddress(text, values.insecure === true));
  const interrupts = watchInterrupts(io);
  try {
    const server = await startServer(addresses, log);
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
