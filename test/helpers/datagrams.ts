/** UDP datagrams to a socket that is read, or not: journeys that end when the test says so. */
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
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

/** Sends {@link DATAGRAMS} to a socket that is read; it is closed after `meanwhile`. */
export async function sendAndRead(lab: NamespaceLab, meanwhile: () => Promise<void>): Promise<void> {
  await withReceiver(lab, async () => {
    await lab.run("left", [process.execPath, "-e", SENDER]);
    await meanwhile();
  });
}

/** Sends datagrams to a socket that nobody reads; they are dropped with it after `meanwhile`. */
export async function sendAndDrop(lab: NamespaceLab, meanwhile: () => Promise<void>): Promise<void> {
  await withReceiver(lab, async (receiver) => {
    receiver.kill("SIGSTOP");
    await lab.run("left", [process.execPath, "-e", SENDER]);
    await meanwhile();
  });
}

async function withReceiver(lab: NamespaceLab, use: (receiver: ChildProcess) => Promise<void>): Promise<void> {
  const receiver = lab.spawn("right", [process.execPath, "-e", RECEIVER]);
  try {
    assert.ok(receiver.stdout);
    await once(receiver.stdout, "data");
    await use(receiver);
  } finally {
    receiver.kill("SIGKILL");
  }
}
