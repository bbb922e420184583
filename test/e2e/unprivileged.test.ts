import assert from "node:assert/strict";
import { chmodSync, chownSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { labAddresses, NamespaceLab } from "../../src/cli/namespace-lab.js";
import { numbersOf, ownCapabilities } from "../../src/kernel/execution.js";
import { ipftrace, LAUNCHER, Running, serve } from "../helpers/processes.js";
import { kernelTest } from "../helpers/require-kernel.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";
import { whyNotHere } from "./why-not.js";

const MAIN = join(dirname(LAUNCHER), "dist/cli/main.js");
/** SYSLOG, PERFMON and BPF of include/uapi/linux/capability.h. */
const NEEDED = [34, 38, 39];
/** nobody of Debian. */
const NOBODY = 65_534;

/** The sets of permitted capabilities of a process's threads, each once, as numbers. */
function permittedOf(pid: number): number[][] {
  const sets = readdirSync(`/proc/${pid}/task`).map((thread) =>
    String(ownCapabilities(readFileSync(`/proc/${pid}/task/${thread}/status`, "utf8")).permitted),
  );
  return [...new Set(sets)].map((text) => numbersOf(BigInt(text)));
}

/** Fails unless a trace through the server sees a ping and ends in good order. */
async function assertTraces(context: TestContext, target: string): Promise<void> {
  const lab = await NamespaceLab.create();
  context.after(() => lab.remove());
  const { left, right } = labAddresses;
  const client = ipftrace(context, [
    "--server",
    target,
    "-iv",
    "4",
    "-l4",
    "ICMP",
    "-s4",
    left.ipv4,
    "-c",
    "2",
    "generic",
  ]);
  await client.until(() => client.out.includes("Trace ready!"), "start");
  await lab.run("left", ["ping", "-c", "1", "-W", "5", right.ipv4]);
  assert.equal(await client.end(), 0, client.err);
  assert.match(client.err, / 0 lost /);
}

kernelTest(
  "root's server has no capability in any thread that it does not need, and traces",
  whyNotHere,
  async (context) => {
    const { target, server } = await serve(context, undefined, [
      "--listen",
      `unix:${join(temporaryFolder(context), "g")}@reader:${NOBODY}`,
    ]);
    await assertTraces(context, target);
    assert.deepEqual(permittedOf(server.child.pid ?? 0), [NEEDED]);
    assert.match(server.err, /"capabilities":\["CAP_SYSLOG","CAP_PERFMON","CAP_BPF"\]/);
    assert.equal(await server.end("SIGTERM"), 0, server.err);
  },
);

kernelTest(
  "a socket of another group is given to it before the right to do so is given up",
  whyNotHere,
  async (context) => {
    const path = join(temporaryFolder(context), "g");
    const { server } = await serve(context, undefined, ["--listen", `unix:${path}@reader:${NOBODY}`]);
    const { gid, mode } = statSync(path);
    assert.deepEqual([gid, mode & 0o777], [NOBODY, 0o660]);
    assert.deepEqual(permittedOf(server.child.pid ?? 0), [NEEDED]);
  },
);

kernelTest("a user with nothing but ambient capabilities serves", whyNotHere, async (context) => {
  const folder = temporaryFolder(context);
  chownSync(folder, NOBODY, NOBODY);
  chmodSync(folder, 0o755);
  const target = `unix:${join(folder, "s")}`;
  // NET_ADMIN is one too many.
  const sets = [...NEEDED, 12].map((number) => `+cap_${number}`).join(",");
  const words = [
    `--reuid=${NOBODY}`,
    `--regid=${NOBODY}`,
    "--clear-groups",
    `--inh-caps=${sets}`,
    `--ambient-caps=${sets}`,
  ];
  const server = new Running("setpriv", [...words, "node", MAIN, "serve", "--listen", `${target}@operator`]);
  context.after(() => server.end("SIGKILL"));
  await server.until(() => server.err.includes('"msg":"serving"'), "server");
  await assertTraces(context, target);
  assert.deepEqual(permittedOf(server.child.pid ?? 0), [NEEDED]);
  assert.equal(await server.end("SIGTERM"), 0, server.err);
});
