/** The program `session` of each language: over TLS, and over a connection that breaks. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { type AddressInfo, connect as connectSocket, createServer, type Socket } from "node:net";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { labAddresses, NamespaceLab } from "../../src/cli/namespace-lab.js";
import { connect } from "../../src/client/index.js";
import { Authority } from "../../test/helpers/certificates.js";
import { freePort } from "../../test/helpers/free-port.js";
import { ipftrace } from "../../test/helpers/processes.js";
import { kernelTest } from "../../test/helpers/require-kernel.js";
import { temporaryFolder } from "../../test/helpers/temporary-folder.js";
import { startAll, whyNoClients } from "./examples.js";

const { left, right } = labAddresses;
const NAME = "pings";

/** A server with TLS, and a unix socket for operators. */
async function serveEncrypted(context: TestContext) {
  const [authority, clients] = [new Authority(context), new Authority(context, "clients")];
  const [server, reader] = [authority.issueServer(), clients.issue({ names: "DNS:reader" })];
  const folder = temporaryFolder(context);
  const [target, port] = [`unix:${join(folder, "operator.sock")}`, await freePort()];
  const config = join(folder, "ipftraced.yaml");
  writeFileSync(
    config,
    JSON.stringify({
      listen: [{ address: target, role: "operator" }, { address: `127.0.0.1:${port}` }],
      security: {
        tls: { ...server, clientAuthority: clients.certificate },
        identities: [{ name: "reader", role: "reader" }],
      },
    }),
  );
  const running = ipftrace(context, ["serve", "--config", config]);
  await running.until(() => running.err.includes('"msg":"serving"'), "server");
  return { target, port, words: [authority.certificate, reader.certificate, reader.key] };
}

/** Passes connections on to a port, until they are cut. */
async function passOn(context: TestContext, port: number) {
  const open = new Set<Socket>();
  const listener = createServer((near) => {
    const far = connectSocket(port, "127.0.0.1");
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(from);
      from.pipe(to);
      from.on("error", () => to.destroy()).on("close", () => open.delete(from) && to.destroy());
    }
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const cut = () => {
    for (const socket of open) socket.destroy();
  };
  context.after(() => {
    cut();
    listener.close();
  });
  return { address: `localhost:${(listener.address() as AddressInfo).port}`, cut };
}

interface Told {
  readonly event?: string;
  readonly resumed?: boolean;
  readonly journeyId?: string;
}

function eventsOf(out: string): Told[] {
  const whole = out.slice(0, out.lastIndexOf("\n") + 1);
  return whole
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

const isJourney = ({ event }: Told): boolean => event === undefined;

kernelTest("a session is read over TLS, and on over a connection that breaks", whyNoClients, async (context) => {
  const lab = await NamespaceLab.create();
  context.after(() => lab.remove());
  const { target, port, words } = await serveEncrypted(context);
  const client = await connect(target);
  context.after(() => client.close());
  const ping = () => lab.run("left", ["ping", "-q", "-c", "2", "-i", "0.2", "-W", "5", right.ipv4]);
  await client.createSession(NAME, { filter: { allow: [{ l4Protocols: [1], sourceIpv4: [left.ipv4] }] } });
  await ping();
  await client.flushSession(NAME);

  const { address, cut } = await passOn(context, port);
  const readers = await startAll(context, "session", [address, NAME, ...words]);
  const everywhere = async (holds: (told: Told[]) => boolean, what: string) => {
    for (const running of readers.values()) await running.until(() => holds(eventsOf(running.out)), what);
  };
  await everywhere((told) => told.some(isJourney), "journey");
  cut();
  await everywhere((told) => told.some(({ resumed }) => resumed === true), "resumption");
  await ping();
  await client.flushSession(NAME);
  const expected: unknown[] = [];
  const history = { session: NAME, start: { $case: "oldest", value: true }, historyOnly: true } as const;
  for await (const event of client.trace(history)) {
    if (event.type === "journey") expected.push(JSON.parse(event.journey.json()));
  }
  assert.ok(expected.length >= 8, `${expected.length} journeys`);
  await client.deleteSession(NAME);
  for (const [language, running] of readers) {
    await context.test(language, async () => {
      assert.equal(await running.end(), 0, running.err);
      const told = eventsOf(running.out);
      assert.deepEqual(told.filter(isJourney), expected);
      assert.deepEqual(
        told.filter(({ event }) => event === "started").map(({ resumed }) => resumed),
        [false, true],
      );
    });
  }
});
