/** Bytes on a TLS listener that are no TLS, and clients that stop in the middle of a handshake: others are served. */
import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { describe, it } from "node:test";
import { connect as connectTls } from "node:tls";
import { getNodeWith, startTls } from "../security/tls-server.js";
import { PREFACE, SETTINGS } from "./http2-frames.js";

const TIMES = 10;
const LINGER_MS = 30;
const IDLE = 200;
/** A record that says it is a handshake of 512 bytes: the beginning of a ClientHello. */
const HALF_A_HELLO = Buffer.from("1603010200010001fc0303", "hex");

const attacks: readonly (readonly [string, Buffer])[] = [
  ["nothing", Buffer.alloc(0)],
  ["HTTP/2 in the clear", Buffer.concat([PREFACE, SETTINGS])],
  ["HTTP/1.1", Buffer.from("GET / HTTP/1.1\r\n\r\n")],
  ["half a ClientHello", HALF_A_HELLO],
  ["a ClientHello of zeros", Buffer.concat([HALF_A_HELLO, Buffer.alloc(1000)])],
  ["a record of a kind that does not exist", Buffer.from("ff0303ffff", "hex")],
  ["a record that is too long", Buffer.concat([Buffer.from("170303ffff", "hex"), Buffer.alloc(65_535)])],
  ["an alert", Buffer.from("15030300020100", "hex")],
  ["SSL 2", Buffer.from("802e0100020015000000100100800200800300800400800500800600", "hex")],
];

/** Sends bytes and leaves, when the server has hung up, or says nothing more. */
async function send(port: number, bytes: Buffer): Promise<void> {
  const socket = connect(port, "127.0.0.1").on("error", () => {});
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.resume();
  socket.write(bytes);
  await Promise.race([closed, new Promise<void>((resolve) => socket.setTimeout(LINGER_MS, resolve))]);
  socket.destroy();
  await closed;
}

describe("a TLS listener goes on serving after", { timeout: 120_000 }, () => {
  for (const [name, bytes] of attacks) {
    it(name, async (test) => {
      const { target, words } = await startTls(test);
      const port = Number(target.split(":").at(-1));
      for (let time = 0; time < TIMES; time++) await send(port, bytes);
      assert.ok((await getNodeWith(target, words({ cn: "a" }))).node);
    });
  }

  it(`${IDLE} connections that never begin their handshake, while they last`, async (test) => {
    const { target, words } = await startTls(test);
    const port = Number(target.split(":").at(-1));
    const idle: Socket[] = Array.from({ length: IDLE }, () => connect(port, "127.0.0.1").on("error", () => {}));
    test.after(() => {
      for (const socket of idle) socket.destroy();
    });
    assert.ok((await getNodeWith(target, words({ cn: "a" }))).node);
  });

  it("clients without a certificate that leave in the middle", async (test) => {
    const { target, words } = await startTls(test);
    const port = Number(target.split(":").at(-1));
    for (let time = 0; time < TIMES; time++) {
      const socket = connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false, ALPNProtocols: ["h2"] });
      socket.on("error", () => {});
      await new Promise<void>((resolve) => socket.once(time % 2 === 0 ? "connect" : "secureConnect", () => resolve()));
      socket.destroy();
    }
    assert.ok((await getNodeWith(target, words({ cn: "a" }))).node);
  });
});
