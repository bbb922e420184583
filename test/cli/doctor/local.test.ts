import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { Finding } from "../../../src/cli/doctor/finding.js";
import { findLocal } from "../../../src/cli/doctor/local.js";
import { type System, thisSystem } from "../../../src/cli/doctor/system.js";

const status = (uid: number, capabilities: string): string =>
  `Name:\tnode\nUid:\t${uid}\t${uid}\t${uid}\t${uid}\nCapEff:\t${capabilities}\n`;
const limits = (files: string, locked: string): string =>
  `Limit                     Soft Limit           Hard Limit           Units     \nMax open files            1024                 ${files.padEnd(20)} files     \nMax locked memory         65536                ${locked.padEnd(20)} bytes     \n`;

/** Debian 13, as root: all is well. */
const healthy = {
  kernelRelease: "6.12.1-amd64",
  files: {
    "/proc/self/status": status(0, "000001ffffffffff"),
    "/proc/self/limits": limits("1048576", "unlimited"),
    "/proc/kallsyms": "0000000000000000 A fixed_percpu_data\nffffffff81000000 T startup_64\n",
    "/sys/kernel/btf/vmlinux": "x".repeat(2 ** 20),
    "/sys/kernel/security/lockdown": "none [integrity] confidentiality\n",
    "/sys/bus/event_source/devices/kprobe/type": "8\n",
    "/sys/kernel/tracing/kprobe_events": "",
  } as Record<string, string | undefined>,
  libraries: {
    "libbpf.so.1": "/usr/lib/libbpf.so.1.5.0",
    "libpcap.so.0.8": "/usr/lib/libpcap.so.1.10.5",
  } as Record<string, string | undefined>,
};

type Change = Partial<typeof healthy>;

function systemOf({ kernelRelease = healthy.kernelRelease, files = {}, libraries = {} }: Change): System {
  const all = { ...healthy.files, ...files };
  return {
    kernelRelease,
    read: (path) => all[path],
    size: (path) => all[path]?.length,
    library: (name) => ({ ...healthy.libraries, ...libraries })[name],
  };
}

test("a machine that can do everything", () => {
  const found = findLocal(systemOf({}));
  assert.deepEqual(
    found.map(({ name, state, found: what, remedy }) => [name, state, what, remedy]),
    [
      ["privileges", "ok", "root", undefined],
      ["kernel types", "ok", "/sys/kernel/btf/vmlinux, 1.0 MiB", undefined],
      ["libbpf", "ok", "1.5.0, /usr/lib/libbpf.so.1.5.0", undefined],
      ["libpcap", "ok", "1.10.5, /usr/lib/libpcap.so.1.10.5", undefined],
      ["lockdown", "ok", "integrity", undefined],
      ["kprobes", "ok", "the kernel has them", undefined],
      ["tracefs", "ok", "/sys/kernel/tracing", undefined],
      ["symbols", "ok", "/proc/kallsyms shows addresses", undefined],
      ["open files", "ok", "1048576 at most", undefined],
      ["locked memory", "ok", "this kernel does not count BPF's", undefined],
    ],
  );
});

describe("what is found where something differs", () => {
  const cases: {
    what: string;
    change: Change;
    name: string;
    state: Finding["state"];
    found: RegExp;
    remedy?: RegExp;
  }[] = [
    {
      what: "a user",
      change: { files: { "/proc/self/status": status(1000, "0") } },
      name: "privileges",
      state: "fault",
      found: /^user id 1000 without/,
      remedy: /^run as root/,
    },
    {
      what: "a user with half of the rights",
      change: { files: { "/proc/self/status": status(1000, "8000000000") } },
      name: "privileges",
      state: "fault",
      found: /without CAP_BPF and CAP_PERFMON/,
      remedy: /--server unix:/,
    },
    {
      what: "a user with both capabilities",
      change: { files: { "/proc/self/status": status(999, "c000000000") } },
      name: "privileges",
      state: "ok",
      found: /^user id 999 with CAP_BPF and CAP_PERFMON$/,
    },
    {
      what: "a kernel without BTF",
      change: { files: { "/sys/kernel/btf/vmlinux": undefined } },
      name: "kernel types",
      state: "fault",
      found: /^there is no/,
      remedy: /CONFIG_DEBUG_INFO_BTF/,
    },
    {
      what: "no libbpf",
      change: { libraries: { "libbpf.so.1": undefined } },
      name: "libbpf",
      state: "fault",
      found: /not installed/,
      remedy: /apt-get install libbpf1/,
    },
    {
      what: "no libpcap",
      change: { libraries: { "libpcap.so.0.8": undefined } },
      name: "libpcap",
      state: "limit",
      found: /no pcap expressions/,
      remedy: /apt-get install libpcap0.8/,
    },
    {
      what: "libpcap by the name that Fedora gives",
      change: { libraries: { "libpcap.so.0.8": undefined, "libpcap.so.1": "/usr/lib64/libpcap.so.1.10.4" } },
      name: "libpcap",
      state: "ok",
      found: /^1\.10\.4/,
    },
    {
      what: "a kernel locked down",
      change: { files: { "/sys/kernel/security/lockdown": "none integrity [confidentiality]\n" } },
      name: "lockdown",
      state: "fault",
      found: /^confidentiality/,
      remedy: /lockdown=confidentiality/,
    },
    {
      what: "a kernel without kprobes",
      change: { files: { "/sys/bus/event_source/devices/kprobe/type": undefined } },
      name: "kprobes",
      state: "limit",
      found: /tracepoints only/,
      remedy: /CONFIG_KPROBE_EVENTS/,
    },
    {
      what: "no tracefs",
      change: { files: { "/sys/kernel/tracing/kprobe_events": undefined } },
      name: "tracefs",
      state: "limit",
      found: /not mounted/,
      remedy: /mount -t tracefs/,
    },
    {
      what: "tracefs where it was before",
      change: {
        files: { "/sys/kernel/tracing/kprobe_events": undefined, "/sys/kernel/debug/tracing/kprobe_events": "" },
      },
      name: "tracefs",
      state: "ok",
      found: /debug/,
    },
    {
      what: "addresses hidden from all",
      change: {
        files: { "/proc/kallsyms": "0000000000000000 T startup_64\n", "/proc/sys/kernel/kptr_restrict": "2\n" },
      },
      name: "symbols",
      state: "limit",
      found: /kptr_restrict is 2/,
      remedy: /sysctl/,
    },
    {
      what: "addresses hidden from this user",
      change: {
        files: { "/proc/kallsyms": "0000000000000000 T startup_64\n", "/proc/sys/kernel/kptr_restrict": "1\n" },
      },
      name: "symbols",
      state: "limit",
      found: /kptr_restrict is 1/,
      remedy: /CAP_SYSLOG/,
    },
    {
      what: "few files",
      change: { files: { "/proc/self/limits": limits("1024", "unlimited") } },
      name: "open files",
      state: "limit",
      found: /^1024 at most/,
      remedy: /LimitNOFILE/,
    },
    {
      what: "little locked memory, where it counts",
      change: { kernelRelease: "5.10.0-30-amd64", files: { "/proc/self/limits": limits("8192", "65536") } },
      name: "locked memory",
      state: "limit",
      found: /^65536 bytes/,
      remedy: /LimitMEMLOCK/,
    },
    {
      what: "unlimited locked memory, where it counts",
      change: { kernelRelease: "5.4.0" },
      name: "locked memory",
      state: "ok",
      found: /any number/,
    },
  ];
  for (const { what, change, name, state, found, remedy } of cases) {
    test(what, () => {
      const findings = findLocal(systemOf(change));
      const finding = findings.find((one) => one.name === name);
      assert.equal(finding?.state, state);
      assert.match(finding.found, found);
      if (remedy === undefined) assert.equal(finding.remedy, undefined);
      else assert.match(finding.remedy ?? "", remedy);
      // Nothing else is different.
      assert.deepEqual(
        findings.filter((one) => one.state !== "ok" && one.name !== name),
        [],
      );
    });
  }
});

test("this machine: files by their beginning, sizes, libraries by the loader's cache", (context) => {
  const root = mkdtempSync(join(tmpdir(), "ipftrace-doctor-"));
  context.after(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, "proc"));
  writeFileSync(join(root, "proc/kallsyms"), "a".repeat(100_000));
  const system = thisSystem(root);
  assert.equal(system.read("/proc/kallsyms")?.length, 16_384);
  assert.equal(system.size("/proc/kallsyms"), 100_000);
  assert.equal(system.read("/proc/none"), undefined);
  assert.equal(system.size("/proc/none"), undefined);
  assert.match(system.library("libc.so.6") ?? "", /\/libc\.so\.6$|\/libc-[\d.]+\.so$/);
  assert.equal(system.library("libipftrace-none.so.1"), undefined);
});
