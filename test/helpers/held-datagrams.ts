/** UDP datagrams that wait in a socket until the test lets them go: journeys that end when it says so. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { labAddresses, type NamespaceLab } from "../../src/cli/namespace-lab.js";

/** Where they go. */
export const PORT = 6789;
/** How many are sent at a time. */
export const DATAGRAMS = 10;
const SENDER = `
  const socket = require("node:dgram").createSocket("udp4");
  for (let n = 1; n <= ${DATAGRAMS}; n++)
    socket.send("x", ${PORT}, "${labAddresses.right.ipv4}", () => n === ${DATAGRAMS} && socket.close());`;
const RECEIVER = `require("node:dgram").createSocket("udp4").bind(${PORT}, () => console.log("bound"))`;

/** Sends datagrams to a socket that nobody reads; they are dropped with it after `meanwhile`. */
export async function sendAndDrop(lab: NamespaceLab, meanwhile: () => Promise<void>): Promise<void> {
  const receiver = lab.spawn("right", [process.execPath, "-e", RECEIVER]);
  try {
    assert.ok(receiver.stdout);
    await once(receiver.stdout, "data");
    receiver.kill("SIGSTOP");
    await lab.run("left", [process.execPath, "-e", SENDER]);
    await meanwhile();
  } finally {
    receiver.kill("SIGKILL");
  }
}
