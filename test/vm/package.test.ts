/**
 * The packages on a system that has nothing else of ours: package.sh installs them in the virtual
 * machine and traces; here it is judged.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { parseOriginalText } from "../helpers/original-text.js";
import { requirement } from "../helpers/require-kernel.js";
import { makePackages, type Packages } from "../package/build.js";
import { boot } from "./boot.js";

const SCRIPT = fileURLToPath(new URL("package.sh", import.meta.url));
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** Three times what it takes on two idle cores. */
const TIMEOUT_SECONDS = 600;

/** include/uapi/linux/capability.h: CAP_DAC_OVERRIDE 1, SYSLOG 34, PERFMON 38, BPF 39. */
const UNIT_CAPABILITIES = (1n << 1n) | (1n << 34n) | (1n << 38n) | (1n << 39n);

/** xz takes minutes in the machine, and is none of what is tested there. */
function withoutCompression({ deb, tarball }: Packages, folder: string): void {
  const content = join(folder, "content");
  execFileSync("dpkg-deb", ["-R", deb, content]);
  execFileSync("dpkg-deb", ["--root-owner-group", "-Znone", "-b", content, deb], { stdio: "ignore" });
  rmSync(content, { recursive: true });
  mkdirSync(join(folder, "unpacked"));
  execFileSync("tar", ["-C", join(folder, "unpacked"), "-xf", tarball]);
}

const whyNot = process.getuid?.() === 0 ? undefined : "needs root, to boot virtual machines on this file system";

describe("the packages, on Linux 6.12", requirement(whyNot), () => {
  const folder = mkdtempSync(join(tmpdir(), "ipftrace-vm-"));
  const read = (name: string): string => readFileSync(join(folder, name), "utf8");
  before(async () => {
    // The machine sees this checkout, but no /tmp that is a file system of its own.
    const packages = mkdtempSync(join(ROOT, "dist/packages-"));
    try {
      withoutCompression(makePackages(packages), packages);
      await boot({ line: "6.12", command: [SCRIPT, packages], timeoutSeconds: TIMEOUT_SECONDS, folder });
    } finally {
      rmSync(packages, { recursive: true });
    }
  });
  after(() => rmSync(folder, { recursive: true }));

  test("dpkg finds every file as it was packed", () => assert.equal(read("verify"), ""));

  test("systemd runs the server as its unit says: not root, with few capabilities, filtered", () => {
    const status = read("status");
    const field = (name: string): string | undefined => new RegExp(`^${name}:\\t(\\S+)`, "m").exec(status)?.[1];
    assert.notEqual(field("Uid"), "0");
    assert.equal(field("NoNewPrivs"), "1");
    assert.equal(field("Seccomp"), "2");
    for (const set of ["CapPrm", "CapEff", "CapBnd", "CapAmb"]) {
      const beyond = BigInt(`0x${field(set)}`) & ~UNIT_CAPABILITIES;
      assert.equal(beyond, 0n, `${set} has more than the unit gives: ${field(set)}`);
    }
  });

  test("its sockets are for their groups", () => {
    assert.equal(
      read("sockets"),
      "/run/ipftrace/ipftraced.sock srw-rw---- ipftrace ipftrace\n" +
        "/run/ipftrace/operator.sock srw-rw---- ipftrace ipftrace-operator\n",
    );
    assert.match(read("stranger.err"), /EACCES/);
    assert.equal(read("stranger.status"), "1\n");
  });

  for (const name of ["deb", "tarball"]) {
    test(`a ping is traced by the ${name}`, () => {
      const journeys = parseOriginalText(read(`${name}.out`));
      const functions = journeys.flatMap(({ rows }) => rows.map((row) => row.function));
      assert.ok(functions.includes("ip_output"), read(`${name}.out`));
      assert.match(read(`${name}.err`), /\d+ packets, 2 journeys, \d+ hops, 0 lost/);
      assert.match(read(`${name}.err`), /with kprobe-multi/);
    });
  }

  test("doctor tells a member of the group what the server can do", () => {
    assert.equal(read("doctor.status"), "0\n");
    assert.match(read("doctor.out"), /^health +ok +SERVING$/m);
    assert.match(read("doctor.out"), /^role +ok +reader, as unix:\/run\/ipftrace\/ipftraced\.sock$/m);
    assert.match(read("doctor.out"), /^A trace uses kprobe-multi/m);
  });

  test("purging stops the server in good order, and leaves nothing", () => {
    assert.match(read("server.err"), /"msg":"stopped"/);
    assert.equal(read("left"), "");
  });
});
