import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { makeLogger } from "../../src/log.js";
import { parseListenAddress } from "../../src/service/listen.js";
import { startServer } from "../../src/service/server.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";
import { FakeCollector } from "../service/fake-collector.js";
import { blocksOf, contractFolder, runShell } from "./shell.js";

const timeout = 120_000;
const commands = blocksOf("docs/grpcurl.md", "sh");
/** What the answer to each of them has. */
const answers = [
  /"kernelRelease"/,
  /"TRACE_END_REASON_LIMIT"/,
  /^\{\s*\}$/m,
  /"kernelRelease"/,
  /"TRACE_END_REASON_LIMIT"/,
  /rpc Trace \( \.ipftrace\.v1\.TraceRequest \) returns \( stream \.ipftrace\.v1\.TraceResponse \)/,
  /"kernelRelease"/,
];

test("docs/grpcurl.md has as many commands as are looked at", () => assert.equal(commands.length, answers.length));

/** The page's sockets, and where they really are. */
async function serve(context: TestContext): Promise<Record<string, string>> {
  const folder = temporaryFolder(context);
  const places = { reader: join(folder, "r"), admin: join(folder, "a") };
  const addresses = Object.entries(places).map(([role, path]) => parseListenAddress(`unix:${path}@${role}`));
  const server = await startServer(addresses, makeLogger("silent"), {
    collector: new FakeCollector(),
    drainMs: 500,
    optionalServices: { reflection: true },
  });
  context.after(() => server.stop());
  return { "/run/ipftrace/ipftraced.sock": places.reader, "/run/ipftrace/admin.sock": places.admin };
}

/** Not a package of npm or of Debian: scripts/clients installs it, and runs this. */
const hasGrpcurl = spawnSync("bash", ["-c", "command -v grpcurl"]).status === 0;

for (const [index, block] of commands.entries()) {
  if (block.includes("grpcurl ") && !hasGrpcurl) continue;
  test(`docs/grpcurl.md: ${block.replaceAll(/\s+/g, " ")}`, { timeout }, async (context) => {
    const { code, out, err } = await runShell(block, await serve(context), contractFolder(context));
    assert.equal(code, 0, err);
    assert.match(out, answers[index] ?? /never/);
  });
}
