import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { makeLogger } from "../../src/log.js";
import { NotifySocket, watchdogMs } from "../../src/supervisor/supervisor.js";
import { root } from "../docs/files.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const log = makeLogger("silent");

describe("watchdogMs()", () => {
  const own = String(process.pid);
  const cases: [string, Record<string, string>, number | undefined][] = [
    ["no watchdog", {}, undefined],
    ["half of the time", { WATCHDOG_USEC: "30000000" }, 15_000],
    ["this process", { WATCHDOG_USEC: "30000000", WATCHDOG_PID: own }, 15_000],
    ["another process", { WATCHDOG_USEC: "30000000", WATCHDOG_PID: "1" }, undefined],
    ["nonsense", { WATCHDOG_USEC: "soon" }, undefined],
    ["0", { WATCHDOG_USEC: "0" }, undefined],
  ];
  for (const [name, environment, expected] of cases) {
    test(name, () => assert.equal(watchdogMs(environment), expected));
  }
});

describe("NotifySocket", () => {
  test("feeds the watchdog while the server answers, until it stops", async (test) => {
    test.mock.timers.enable({ apis: ["setInterval"] });
    const told: string[] = [];
    const supervisor = new NotifySocket("/x", 1000, (path, text) => told.push(`${path} ${text.trim()}`), log);
    let answer = (): Promise<void> => Promise.resolve();
    supervisor.ready(() => answer());
    test.mock.timers.tick(1000);
    await settled();
    answer = () => new Promise(() => {});
    test.mock.timers.tick(3000);
    await settled();
    assert.deepEqual(told, ["/x READY=1", "/x WATCHDOG=1"]);
    supervisor.stopping();
    answer = () => Promise.resolve();
    test.mock.timers.tick(3000);
    await settled();
    assert.deepEqual(told, ["/x READY=1", "/x WATCHDOG=1", "/x STOPPING=1"]);
  });

  test("a supervisor that is gone harms nothing", () => {
    const fail = (): void => {
      throw new Error("sendto: errno 111");
    };
    const supervisor = new NotifySocket("/x", undefined, fail, log);
    supervisor.ready(() => Promise.resolve());
    supervisor.stopping();
  });
});

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** The lines that come to a socket, as systemd would read them. */
async function listen(
  test: TestContext,
  address: string,
): Promise<{ lines(): string[]; until(text: string): Promise<void> }> {
  const type = address.startsWith("@") ? "ABSTRACT-RECV" : "UNIX-RECV";
  const words = ["-d", "-d", "-u", `${type}:${address.replace(/^@/, "")}`, "-"];
  const listener = spawn("socat", words, { stdio: ["ignore", "pipe", "pipe"] });
  test.after(() => listener.kill());
  let text = "";
  let log = "";
  listener.stdout.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  listener.stderr.on("data", (chunk: Buffer) => {
    log += chunk.toString();
  });
  const waitFor = async (is: () => boolean): Promise<void> => {
    while (!is()) await sleep(5, undefined, { signal: test.signal });
  };
  await waitFor(() => log.includes("starting data transfer loop"));
  return { lines: () => text.split("\n").slice(0, -1), until: (part) => waitFor(() => text.includes(part)) };
}

describe("ipftrace serve under a supervisor", { timeout: 60_000 }, () => {
  for (const [name, abstract] of [
    ["a socket in a folder", false],
    ["an abstract socket", true],
  ] as const) {
    test(`${name}: ready when it listens, alive while it runs, stopping at the end`, async (test) => {
      const folder = temporaryFolder(test);
      const socket = abstract ? `@${folder}/notify` : join(folder, "notify");
      const { lines, until } = await listen(test, socket);
      const words = ["--import", "tsx", "src/cli/main.ts", "serve", "--listen", `unix:${folder}/s`];
      const env = { ...process.env, NOTIFY_SOCKET: socket, WATCHDOG_USEC: "200000" };
      const server = spawn(process.execPath, words, { cwd: root, env, stdio: ["ignore", "ignore", "pipe"] });
      test.after(() => server.kill("SIGKILL"));
      await until("WATCHDOG=1");
      server.kill("SIGTERM");
      assert.deepEqual(await once(server, "exit"), [0, null]);
      await until("STOPPING=1");
      const told = lines();
      assert.deepEqual([told[0], told[1], told.at(-1)], ["READY=1", "WATCHDOG=1", "STOPPING=1"]);
    });
  }
});
