/** The command `serve`, which is also ipftraced: runs the server until SIGTERM or Ctrl-C. */
import { once } from "node:events";
import { printConfig } from "../config/print.js";
import { IpftraceError } from "../errors.js";
import type { Door } from "../http/door.js";
import { type Logger, makeLogger } from "../log.js";
import type { MetricsListener } from "../metrics/listener.js";
import { groupId } from "../service/groups.js";
import { type RunningServer, startServer } from "../service/server.js";
import { findSupervisor } from "../supervisor/supervisor.js";
import { failUsage } from "./exit.js";
import { watchInterrupts } from "./interrupts.js";
import type { Io } from "./io.js";
import { print } from "./output.js";
import type { ParsedOptions } from "./parse.js";
import { readServeConfig, type ServeConfig } from "./serve-config.js";
import { openHttp } from "./serve-http.js";
import { loadMetrics } from "./serve-metrics.js";

/** Ports below it take CAP_NET_BIND_SERVICE: net.ipv4.ip_unprivileged_port_start of a kernel as it comes. */
const FIRST_FREE_PORT = 1024;

/**
 * Serves, or checks the configuration; 0 after an orderly stop, 2 for a configuration that cannot be served.
 *
 * @throws IpftraceError when it cannot listen.
 */
export async function serve(options: ParsedOptions, io: Io): Promise<number> {
  const read = readOrFault(options, io);
  if (typeof read === "string") return failUsage(io, read);
  if (options.values.check !== true) return run(read, io);
  io.err.write(read.warnings.map((warning) => `ipftrace: warning: ${warning}\n`).join(""));
  await print(io, printConfig(read));
  return 0;
}

/** The configuration, or what is wrong with it. */
function readOrFault(options: ParsedOptions, io: Io): ServeConfig | string {
  try {
    return readServeConfig(options, io);
  } catch (reason) {
    if (reason instanceof IpftraceError) return reason.message;
    throw reason;
  }
}

async function run(read: ServeConfig, io: Io): Promise<number> {
  const { config, warnings } = read;
  const confined = config.security.dropCapabilities ? await confineFor(read) : undefined;
  const log = makeLogger(config.log.level, config.log.format);
  for (const warning of [...warnings, ...(confined?.warning === undefined ? [] : [confined.warning])])
    log.warn(warning);
  if (confined !== undefined) log.info({ capabilities: confined.capabilities }, "runs with these capabilities");
  const interrupts = watchInterrupts(io);
  try {
    const supervisor = await findSupervisor(io.env, log);
    const running = await start(read, log);
    supervisor.ready(running.isAlive);
    if (!interrupts.stop.aborted) await once(interrupts.stop, "abort");
    log.info("stopping");
    supervisor.stopping();
    await running.stop();
    log.info("stopped");
    // A connection that came in while the server stopped is nobody's: grpc-js would keep it, and with it this process.
    io.exit(0);
    return 0;
  } finally {
    interrupts.dispose();
  }
}

/** Gives up capabilities: where there are some, the process begins anew, and this does not return. */
async function confineFor({ config, ...given }: ServeConfig) {
  const { confine } = await import("../security/confine.js");
  const addresses = [...given.addresses, ...given.httpAddresses];
  const targets = [...addresses.map(({ target }) => target), config.metrics.listen ?? ""];
  const groups = addresses.flatMap((address) =>
    address.kind === "unix" && address.group !== undefined ? [groupId(address.group)] : [],
  );
  const needs = {
    isRoot: process.geteuid?.() === 0,
    lowPorts: targets.some(isLowPort),
    measures: config.overhead.maxCpuPercent > 0,
  };
  return confine(needs, groups);
}

function isLowPort(target: string): boolean {
  const port = /^(?!unix:).*:(\d+)$/.exec(target)?.[1];
  return port !== undefined && Number(port) < FIRST_FREE_PORT;
}

/** Everything that listens. */
async function start(
  { config, addresses, httpAddresses, tls }: ServeConfig,
  log: Logger,
): Promise<Pick<RunningServer, "isAlive" | "stop">> {
  const metrics = await loadMetrics(config.metrics.listen);
  const server = await startServer(addresses, log, {
    moduleFolder: config.modules.folder,
    graceMs: config.traces.graceMs,
    limits: limitsOf(config.limits),
    maxCpuPercent: config.overhead.maxCpuPercent,
    happenings: metrics,
    optionalServices: config,
    tls,
  });
  let door: Door | undefined;
  let listener: MetricsListener | undefined;
  const stop = async (): Promise<void> => {
    // Side by side: calls by HTTP end in good order, too, while the server drains.
    await Promise.all([server.stop(), door?.stop()]);
    await listener?.stop();
  };
  try {
    const origins = config.http.origins.map(({ origin }) => origin);
    door = await openHttp({ addresses: httpAddresses, origins }, server.inside);
    listener = await metrics?.serve(() => server.figures());
  } catch (reason) {
    await stop();
    throw reason;
  }
  const http = httpAddresses.length === 0 ? undefined : httpAddresses.map(({ target }) => target);
  log.info({ addresses: addresses.map(({ target }) => target), http, metrics: config.metrics.listen }, "serving");
  server.rehearse();
  return { stop, isAlive: server.isAlive };
}

/** Limits in the contract's kinds. */
function limitsOf(limits: ServeConfig["config"]["limits"]) {
  return {
    ...limits,
    maxRingBytes: BigInt(limits.maxRingBytes),
    maxTotalRingBytes: BigInt(limits.maxTotalRingBytes),
    maxQueueBytes: BigInt(limits.maxQueueBytes),
    maxTotalQueueBytes: BigInt(limits.maxTotalQueueBytes),
    maxHistoryBytes: BigInt(limits.maxHistoryBytes),
    maxTotalHistoryBytes: BigInt(limits.maxTotalHistoryBytes),
  };
}
