/** A server for one run of the command line: the same as ipftraced, on a socket of its own. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IpftraceError } from "../errors.js";
import { makeLogger } from "../log.js";
import { parseListenAddress } from "../service/listen.js";
import { type WarmCollector, warmCollector } from "../service/warm-collector.js";

/** Its errors are told to its one client, and there is nobody for whom to keep a record of what that one did. */
const LOG_LEVEL = "silent";

/** A server in this process. */
export interface EmbeddedServer {
  /** Address for clients. */
  readonly target: string;
  /** Takes everything out of the kernel, and the socket away. */
  stop(): Promise<void>;
}

/**
 * Starts it, in a folder that only this user can enter. `given` is a collector that was started before; the server
 * closes it.
 */
export async function startEmbedded(given?: WarmCollector): Promise<EmbeddedServer> {
  const folder = makeFolder();
  const collector = given ?? warmCollector();
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    const address = parseListenAddress(`unix:${join(folder, "server.sock")}@operator`);
    const { startServer } = await import("../service/server.js");
    const server = await startServer([address], makeLogger(LOG_LEVEL), { collector, isEmbedded: true });
    const stop = async (): Promise<void> => {
      await server.stop();
      remove();
    };
    return { target: address.target, stop };
  } catch (reason) {
    await collector.close();
    remove();
    throw reason;
  }
}

function makeFolder(): string {
  const place = tmpdir();
  try {
    return mkdtempSync(join(place, "ipftrace-"));
  } catch (reason) {
    throw IpftraceError.from(reason, "UNAVAILABLE", `cannot make a folder in ${place} (TMPDIR names another place)`);
  }
}
