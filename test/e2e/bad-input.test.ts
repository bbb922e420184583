import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { assertNothingLeft, kernelState } from "../helpers/kernel-state.js";
import { ipftrace, LAUNCHER, Running } from "../helpers/processes.js";
import { kernelTest } from "../helpers/require-kernel.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";
import { whyNotHere } from "./why-not.js";

const cases: readonly { words: readonly string[]; status: number; says: RegExp }[] = [
  { words: ["--colour", "generic"], status: 2, says: /--colour/ },
  { words: ["-iv", "5", "generic"], status: 2, says: /-iv: "5".*any.*4.*6/ },
  { words: ["-l4", "FOO", "generic"], status: 2, says: /-l4: "FOO"/ },
  { words: ["-s4", "300.1.1.1", "generic"], status: 2, says: /-s4: "300\.1\.1\.1"/ },
  { words: ["-iv", "4", "-s6", "::1", "generic"], status: 2, says: /(-iv.*-s6)|(-s6.*-iv)/ },
  { words: ["-sp", "99999", "generic"], status: 2, says: /-sp: "99999"/ },
  { words: ["-l4", "ICMP", "-dp", "80", "generic"], status: 2, says: /-l4.*-dp|-dp.*-l4/ },
  { words: ["-m", "modules.gsoo", "generic"], status: 2, says: /-m "gsoo": no such file.*did you mean "gso"/ },
  { words: [], status: 2, says: /MANIFEST_FILE/ },
  { words: ["no-such.yaml"], status: 2, says: /"no-such\.yaml": no such file/ },
  {
    words: ["--server", "unix:/nowhere/server.sock", "generic"],
    status: 1,
    says: /cannot reach the server at unix:\/nowhere/,
  },
  { words: ["--server", "nonsense", "generic"], status: 2, says: /--server: "nonsense"/ },
  { words: ["serve", "--listen", "192.0.2.1:50051"], status: 2, says: /not on loopback/ },
  { words: ["serve", "--listen", "127.0.0.1:50051"], status: 2, says: /--insecure/ },
];

for (const { words, status, says } of cases) {
  test(`ipftrace ${words.join(" ")}: one line, status ${status}`, async (context) => {
    const before = kernelState();
    const run = ipftrace(context, words);
    assert.equal(await run.end(), status, run.err);
    assert.match(run.err, says);
    assert.equal(run.err.trimEnd().split("\n").length, 1, `more than one line: ${run.err}`);
    assert.match(run.err, /^ipftrace: /);
    assert.equal(run.out, "");
    await assertNothingLeft(before, "this command");
  });
}

test("a broken manifest is told by file, line and column", async (context) => {
  const path = join(temporaryFolder(context), "broken.yaml");
  writeFileSync(path, "functions:\n  ipv4:\n    - name: ip_rcv\n      skb_pos: nine\n");
  const run = ipftrace(context, [path]);
  assert.equal(await run.end(), 1);
  assert.match(run.err, /^ipftrace: .*broken\.yaml:4:\d+: .*ip_rcv/);
});

kernelTest("a manifest of tracepoints that no kernel has attaches nothing", whyNotHere, async (context) => {
  const path = join(temporaryFolder(context), "unknown.yaml");
  writeFileSync(path, "functions:\n  - name: tracepoint:no_such_tracepoint\n");
  const run = ipftrace(context, ["--backend", "tracepoint", path]);
  assert.equal(await run.end(), 1);
  assert.match(run.err, /^ipftrace: none of the functions of manifest "unknown" can be traced .*no_such_tracepoint/);
});

kernelTest("without privileges: one line, status 1, nothing attached", whyNotHere, async (context) => {
  const before = kernelState();
  // A user cannot write where root's checkout lies: only reading is needed.
  const folder = temporaryFolder(context);
  chmodSync(folder, 0o777);
  const run = new Running(
    "setpriv",
    [
      "--bounding-set=-all",
      "--inh-caps=-all",
      "--ambient-caps=-all",
      "--no-new-privs",
      LAUNCHER,
      "-iv",
      "4",
      "generic",
    ],
    { TMPDIR: folder },
  );
  context.after(() => run.end("SIGKILL"));
  assert.equal(await run.end(), 1, run.err);
  assert.match(run.err, /^ipftrace: tracing needs root, or the capabilities CAP_BPF and CAP_PERFMON/);
  assert.equal(run.err.trimEnd().split("\n").length, 1);
  await assertNothingLeft(before, "this command");
});

/** Nothing can make a folder of this name. */
const NO_PLACE = "/proc/nonexistent";

for (const words of [["generic"], ["explain", "generic"], ["list"], ["doctor"], ["demo"]]) {
  kernelTest(`without a place for its socket ${words[0]} says so, and ends`, whyNotHere, async (context) => {
    const before = kernelState();
    const run = ipftrace(context, words, { TMPDIR: NO_PLACE });
    assert.equal(await run.end(), 1, run.err);
    const said = words[0] === "doctor" ? run.out : run.err;
    assert.match(said, /cannot make a folder in \/proc\/nonexistent \(TMPDIR names another place\): ENOENT/);
    await assertNothingLeft(before, "this command");
  });
}
