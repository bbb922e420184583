import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { isInterface } from "../../src/decode/interface.js";
import { HopFlag } from "../../src/decode/layout.js";
import { flagsOf, stackOf } from "../../src/decode/record.js";
import { attach } from "../../src/kernel/attach.js";
import { EVERY_PACKET } from "../../src/kernel/attach-request.js";
import { Catalog } from "../../src/kernel/catalog.js";
import { Ring } from "../../src/kernel/ring.js";
import { LOST_STACK } from "../../src/kernel/stacks.js";
import { kernelTest } from "../helpers/require-kernel.js";
import { whyNotHere } from "./why-not.js";

const RING_BYTES = 1024 * 1024;
const DATAGRAMS = 20;
/** An end, for the stack of the reader, and what the sender calls. */
const TRACEPOINTS = ["net_dev_queue", "netif_receive_skb"];

function traced(name: string, n: number) {
  const base = { id: n + 1, name: `tracepoint:${name}`, tracepoint: name, position: 1 };
  return { ...base, egress: false, followOnly: false, group: "", module: "vmlinux" };
}

kernelTest(
  "a stack whose place another one has is marked as lost, not left out or taken for it",
  whyNotHere,
  async () => {
    const conditions = { askedFields: 0, injected: new Map(), followsAnyProtocol: false, showsRemovedTag: false };
    const request = {
      ...{
        backend: "tracepoint" as const,
        functions: TRACEPOINTS.map(traced),
        conditions,
        customBytes: 0,
        module: undefined,
      },
      ...{
        ringBytes: RING_BYTES,
        trackingEntries: 1024,
        stacks: "all" as const,
        stackEntries: 1,
        limits: EVERY_PACKET,
      },
    };
    const attachment = await attach(new Catalog(), request, () => {});
    const ring = new Ring(attachment.object.mapFd("ring"), RING_BYTES);
    const stacks = new Set<number>();
    try {
      await send();
      ring.drain((words, at, bytes) => {
        if (!isInterface(bytes) && flagsOf(words, at) & HopFlag.ROW) stacks.add(stackOf(words, at));
      }, Number.MAX_SAFE_INTEGER);
    } finally {
      await attachment.detach();
      ring.close();
      attachment.object.close();
    }
    assert.deepEqual([...stacks].sort(), [1, LOST_STACK]);
  },
);

/** Datagrams to a closed port of this machine. */
async function send(): Promise<void> {
  const socket = createSocket("udp4");
  for (let n = 0; n < DATAGRAMS; n++) {
    await new Promise<void>((resolve) => socket.send("x", 9, "127.0.0.1", () => resolve()));
  }
  await new Promise<void>((resolve) => socket.close(resolve));
}
