import assert from "node:assert/strict";
import { StackMode, TraceResponse } from "../../src/gen/ipftrace/v1/trace_service.js";
import { DATAGRAMS, sendAndRead } from "../helpers/datagrams.js";
import { labWithServer } from "../helpers/lab-with-server.js";
import { kernelTest } from "../helpers/require-kernel.js";
import { filterOf, Traced } from "../helpers/tracing.js";
import { whyNotHere } from "./why-not.js";

const PORT = 6797;
/** Where the upper half of the address space begins on 64-bit machines, with 48 bits of addresses. */
const KERNEL_HALF = 0xffff_8000_0000_0000n;

/** Texts and numbers anywhere in a message that could be an address in the kernel. */
function* addressesIn(value: unknown): Generator<string> {
  if (typeof value === "bigint" && BigInt.asUintN(64, value) >= KERNEL_HALF) yield String(value);
  else if (typeof value === "string" && /(?:0x)?ffff[0-9a-f]{12}/i.test(value)) yield value;
  else if (Buffer.isBuffer(value)) {
    for (let at = 0; at + 8 <= value.length; at++)
      if (value.readBigUInt64LE(at) >= KERNEL_HALF) yield value.toString("hex");
  } else if (typeof value === "object" && value !== null)
    for (const one of Object.values(value)) yield* addressesIn(one);
}

kernelTest(
  "no message has an address of the kernel in it, with stacks and every installed module",
  whyNotHere,
  async (context) => {
    const { lab, client } = await labWithServer(context);
    const moduleNames = ["gso", "len", "mark", "hash", "vlan", "csum", "sock", "route", "qdisc", "netns"];
    const traced = new Traced(client, {
      filter: filterOf({ destinationPorts: [PORT], interfaceNames: [] }),
      moduleNames,
      options: { stacks: StackMode.STACK_MODE_ALL },
    });
    await traced.started();
    await sendAndRead(lab, PORT, async () =>
      traced.until(() => traced.journeys.length >= DATAGRAMS).then(() => undefined),
    );
    await traced.stop();
    assert.ok(traced.journeys.length >= DATAGRAMS);
    assert.ok(
      traced.events("dictionary").some(({ stacks }) => stacks.length > 0),
      "no stack was told",
    );
    for (const response of traced.responses) {
      // Ids of traces are random.
      const told = TraceResponse.fromPartial({ ...response });
      if (told.event?.$case === "started") {
        told.event.value.traceId = 0n;
        if (told.event.value.node !== undefined) told.event.value.node.epoch = 0n;
      }
      assert.deepEqual([...addressesIn(told)], []);
    }
  },
);
