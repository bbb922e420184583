/**
 * The command `demo`: traces a ping and a TCP connection that it sends itself, between two
 * network namespaces that it makes and removes.
 */
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { IpVersion } from "../gen/ipftrace/v1/filter.js";
import { accountLines } from "./account.js";
import { follow, type View } from "./follow.js";
import { INTERRUPTED_STATUS, watchInterrupts } from "./interrupts.js";
import type { Io } from "./io.js";
import { labAddresses, NamespaceLab } from "./namespace-lab.js";
import { createWriter, READER_GONE } from "./output.js";
import type { ParsedOptions } from "./parse.js";
import { withServer } from "./reach.js";
import { buildRequest } from "./request.js";
import { createView } from "./view.js";

/** The port of the original README's second example. */
const TCP_PORT = "31337";
/** Peers close their connection, and the kernel frees the last packets, within this time. */
const LINGER_MS = 300;
const STOP_TIMEOUT_MS = 5000;
const PEER = fileURLToPath(new URL("../cli/demo-peer.js", import.meta.url));

/** 0 when it was shown, 130 when it was interrupted before. @throws IpftraceError when it cannot be shown. */
export async function demo(options: ParsedOptions, io: Io): Promise<number> {
  const interrupts = watchInterrupts(io);
  const { left, right } = labAddresses;
  io.err.write(`a ping and a TCP connection from ${left.ipv4} to ${right.ipv4}, in namespaces of their own\n`);
  const lab = await NamespaceLab.create();
  try {
    return await withServer({}, async (client) => {
      const giveUp = new AbortController();
      const done = new AbortController();
      const view = withTraffic(createView(options.values, io, createWriter(io.out, giveUp)), lab, done);
      const request = buildRequest(filterOf(options), { $case: "manifestName", value: "generic" });
      const stop = AbortSignal.any([interrupts.stop, done.signal]);
      const ended = await follow(client, request, view, { stop, giveUp, stopTimeoutMs: STOP_TIMEOUT_MS });
      if (done.signal.aborted && done.signal.reason instanceof Error && done.signal.reason.name !== "AbortError") {
        throw done.signal.reason;
      }
      if (ended?.account !== undefined) io.err.write(`${accountLines(ended.account, "").join("\n")}\n`);
      return ended === undefined ? INTERRUPTED_STATUS : 0;
    });
  } catch (reason) {
    if (reason === READER_GONE) return 0;
    throw reason;
  } finally {
    await lab.remove();
    interrupts.dispose();
  }
}

function filterOf({ values }: ParsedOptions) {
  const { left, right } = labAddresses;
  return { ...values, ipversion: [IpVersion.IP_VERSION_4], saddr4: [left.ipv4], daddr4: [right.ipv4] };
}

/** The view, which sends the packets once the trace has started, and then ends it. */
function withTraffic(view: View, lab: NamespaceLab, done: AbortController): View {
  return {
    ...view,
    started: async (started) => {
      await view.started(started);
      sendTraffic(lab).then(
        () => done.abort(),
        (reason: unknown) => done.abort(reason),
      );
    },
  };
}

async function sendTraffic(lab: NamespaceLab): Promise<void> {
  const { ipv4 } = labAddresses.right;
  await lab.run("left", ["ping", "-c", "1", "-W", "5", ipv4]);
  const server = lab.spawn("right", [process.execPath, PEER, "serve", ipv4, TCP_PORT]);
  const exited = once(server, "exit");
  if (server.stdout !== null) await once(server.stdout, "data");
  await lab.run("left", [process.execPath, PEER, "connect", ipv4, TCP_PORT]);
  await exited;
  await new Promise((resolve) => setTimeout(resolve, LINGER_MS));
}
