import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, test } from "node:test";
import { dispatch } from "../../src/cli/dispatch.js";
import { captureIo } from "./capture.js";
import { temporaryFile } from "./temporary-file.js";

const root = join(import.meta.dirname, "../..");
const main = join(root, "src/cli/main.ts");

async function run(...words: string[]) {
  const io = captureIo();
  const exitStatus = await dispatch(words, io);
  return { exitStatus, out: io.outText(), err: io.errText() };
}

function grpcIsLoaded(): boolean {
  return Object.keys(createRequire(import.meta.url).cache).some((path) => path.includes("@grpc/grpc-js"));
}

/** The order matters: the last one loads gRPC, and so proves that the others would be noticed. */
test("what asks no server does not load gRPC", async () => {
  assert.match((await run("--help")).out, /^Usage: ipftrace \[OPTIONS\]/);
  assert.match((await run("serve", "--help")).out, /^Usage: ipftrace serve /);
  assert.match((await run("--version")).out, /^ipftrace \d+\.\d+\.\d+\n$/);
  assert.match((await run("-l", "generic")).out, /^ipv4\n {2}ip_rcv\n/);
  assert.match((await run("completion", "bash")).out, /^# bash completion/);
  assert.equal((await run("-l4", "FOO", "generic")).exitStatus, 2);
  assert.equal(grpcIsLoaded(), false);
  assert.equal((await run("list", "--server", "127.0.0.1:1")).exitStatus, 1);
  assert.equal(grpcIsLoaded(), true);
});

describe("-l", () => {
  test("lists a file as the original did, and validates no filter", async (context) => {
    const path = temporaryFile(
      context,
      "m.yaml",
      "functions:\n  ipv4:\n  - name: ip_local_deliver\n  - name: ip_rcv\n  vrf:\n  - name: vrf_xmit\n",
    );
    const { out, err, exitStatus } = await run("-l", path, "-s4", "nonsense");
    assert.equal(out, "ipv4\n  ip_local_deliver\n  ip_rcv\nvrf\n  vrf_xmit\n");
    assert.deepEqual([err, exitStatus], ["", 0]);
  });
  test("what only a kernel knows is not listed", async () => {
    const { out, err, exitStatus } = await run("-l", "all");
    assert.equal(err, 'ipftrace: the functions of all depend on the running kernel: see "ipftrace list all"\n');
    assert.deepEqual([out, exitStatus], ["", 2]);
  });
  test("a manifest that does not exist is a usage error", async () => {
    const { err, exitStatus } = await run("-l", "genric");
    assert.match(err, /^ipftrace: MANIFEST_FILE "genric": .*did you mean "generic"\?/);
    assert.equal(exitStatus, 2);
  });
  test("a manifest that is broken is a failure", async () => {
    const { err, exitStatus } = await run("-l", join(root, "package.json"));
    assert.match(err, /^ipftrace: .*package\.json:1:1: /);
    assert.equal(exitStatus, 1);
  });
});

describe("the program", () => {
  const node = `"${process.execPath}" --import tsx "${main}"`;
  test("exit status and one line for a usage error", () => {
    const { status, stdout, stderr } = spawnSync("sh", ["-c", `${node} -iv 5 generic`], {
      cwd: root,
      encoding: "utf8",
    });
    assert.deepEqual([status, stdout, stderr], [2, "", 'ipftrace: -iv: "5" is not one of any, 4, 6\n']);
  });
  test("a reader that goes away is no error", () => {
    const script = `{ ${node} --help; echo "status $?" >&2; } | true`;
    const { stderr } = spawnSync("bash", ["-c", script], { cwd: root, encoding: "utf8" });
    assert.equal(stderr, "status 0\n");
  });
});
