/**
 * UDP datagrams to a socket that is read, or not: journeys that end when the test says so. Each test
 * has a port of its own: the kernel frees datagrams of one when the next may already trace.
 */
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { labAddresses, type NamespaceLab } from "../../src/cli/namespace-lab.js";

/** How many are sent at a time. */
export const DATAGRAMS = 10;
const senderSource = (port: number) => `
  const socket = require("node:dgram").createSocket("udp4");
  for (let n = 1; n <= ${DATAGRAMS}; n++)
    socket.send("x", ${port}, "${labAddresses.right.ipv4}", () => n === ${DATAGRAMS} && socket.close());`;
const receiverSource = (port: number) =>
  `require("node:dgram").createSocket("udp4").bind(${port}, () => console.log("bound"))`;

/** Sends {@link DATAGRAMS} to a socket that is read; it is closed after `meanwhile`. */
export async function sendAndRead(lab: NamespaceLab, port: number, meanwhile: () => Promise<void>): Promise<void> {
  await withReceiver(lab, port, async () => {
    await lab.run("left", [process.execPath, "-e", senderSource(port)]);
    await meanwhile();
  });
}

/** Sends datagrams to a socket that nobody reads; they are dropped with it after `meanwhile`. */
export async function sendAndDrop(lab: NamespaceLab, port: number, meanwhile: () => Promise<void>): Promise<void> {
  await withReceiver(lab, port, async (receiver) => {
    receiver.kill("SIGSTOP");
    await lab.run("left", [process.execPath, "-e", senderSource(port)]);
    await meanwhile();
  });
}

async function withReceiver(
  lab: NamespaceLab,
  port: number,
  use: (receiver: ChildProcess) => Promise<void>,
): Promise<void> {
  const receiver = lab.spawn("right", [process.execPath, "-e", receiverSource(port)]);
  try {
    assert.ok(receiver.stdout);
    await once(receiver.stdout, "data");
    await use(receiver);
  } finally {
    receiver.kill("SIGKILL");
  }
}
