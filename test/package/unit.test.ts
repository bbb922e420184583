/** The systemd unit, as systemd itself reads it. test/vm/package.test.ts runs the server by it. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

const UNIT = fileURLToPath(new URL("../../packaging/systemd/ipftraced.service", import.meta.url));

/** A file system with nothing but the unit, its program, and those units that every system has. */
const root = mkdtempSync(join(tmpdir(), "ipftrace-unit-"));
after(() => rmSync(root, { recursive: true }));
const units = join(root, "usr/lib/systemd/system");
mkdirSync(units, { recursive: true });
mkdirSync(join(root, "usr/bin"));
copyFileSync(UNIT, join(units, "ipftraced.service"));
writeFileSync(join(root, "usr/bin/ipftraced"), "#!/bin/sh\n", { mode: 0o755 });
for (const name of ["sysinit", "basic", "shutdown", "network", "multi-user"]) {
  writeFileSync(join(units, `${name}.target`), "[Unit]\nDefaultDependencies=no\n");
}

interface Verdict {
  readonly set: boolean | null;
  readonly name: string;
  readonly description: string;
  readonly exposure: string | null;
}

function analyze(...words: string[]) {
  const { stdout, stderr, status, error } = spawnSync("systemd-analyze", words, { encoding: "utf8" });
  assert.ifError(error);
  return { stdout, stderr, status };
}

/** What the unit leaves open, and why: each is a right that tracing, V8 or serving takes. */
const open = new Map([
  ["SystemCallFilter=~@privileged", "chown of sockets, bpf"],
  ["SystemCallFilter=~@debug", "perf_event_open"],
  ["RootDirectory=/RootImage=", "it is installed on this system"],
  ["AmbientCapabilities=", "instead of root"],
  ["SupplementaryGroups=", "the operators' socket"],
  ["ProtectKernelLogs=", "takes CAP_SYSLOG away, by which /proc/kallsyms shows addresses"],
  ["CapabilityBoundingSet=~CAP_(DAC_*|FOWNER|IPC_OWNER)", "tracefs belongs to root"],
  ["CapabilityBoundingSet=~CAP_BPF", "what it is for"],
  ["CapabilityBoundingSet=~CAP_SYSLOG", "addresses in /proc/kallsyms"],
  ["MemoryDenyWriteExecute=", "V8 compiles while it runs"],
  ["ProtectKernelTunables=", "hides /proc/kallsyms; ReadOnlyPaths= does the rest of it"],
  ["RestrictAddressFamilies=~AF_NETLINK", "the list of interfaces"],
  ["RestrictAddressFamilies=~AF_UNIX", "clients"],
  ["RestrictAddressFamilies=~AF_(INET|INET6)", "clients"],
  ["ProtectProc=", "names of processes that send packets"],
  ["ProcSubset=", "/proc/kallsyms, /proc/modules"],
  ["PrivateNetwork=", "clients, and this system's interfaces"],
  ["PrivateUsers=", "capabilities that count for the whole kernel"],
  ["DeviceAllow=", "systemd's own of ProtectClock="],
  ["IPAddressDeny=", "which clients, the configuration says"],
]);

describe("ipftraced.service", () => {
  test("systemd finds nothing wrong with it", () => {
    const { stdout, stderr, status } = analyze(
      "verify",
      "--man=no",
      `--root=${root}`,
      "/usr/lib/systemd/system/ipftraced.service",
    );
    assert.equal(`${stdout}${stderr}`, "");
    assert.equal(status, 0);
  });

  // 10 is root with every right, 0 a process that can do nothing. What is open above makes 2.5;
  // one forgotten protection more costs 0.1 to 0.5.
  test("its exposure is not above 2.6 of 10", () => {
    const { stdout, status } = analyze("security", "--offline=true", "--threshold=26", UNIT);
    assert.equal(status, 0, stdout);
  });

  test("it leaves open what it must, and nothing else", () => {
    const { stdout } = analyze("security", "--offline=true", "--json=short", UNIT);
    const verdicts = JSON.parse(stdout) as Verdict[];
    const found = verdicts.filter(({ set, exposure }) => set === false && Number(exposure) > 0);
    assert.deepEqual(
      found.map(({ name, description }) => (open.has(name) ? "" : `${name} ${description}`)).filter(Boolean),
      [],
    );
  });

  test("its capabilities are the ones that the server may have, and all of them ambient", () => {
    const text = readFileSync(UNIT, "utf8");
    const value = (key: string) => new RegExp(`^${key}=(.*)$`, "m").exec(text)?.[1]?.split(" ");
    assert.deepEqual(value("CapabilityBoundingSet"), ["CAP_BPF", "CAP_PERFMON", "CAP_SYSLOG", "CAP_DAC_OVERRIDE"]);
    assert.deepEqual(value("AmbientCapabilities"), value("CapabilityBoundingSet"));
  });
});
