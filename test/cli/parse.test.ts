import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { commandNames } from "../../src/cli/commands.js";
import { type OptionKey, optionKeys, optionSpec, optionTable } from "../../src/cli/options.js";
import { parseCommandLine } from "../../src/cli/parse.js";

function values(line: string) {
  const parsed = parseCommandLine(line.split(" "));
  assert.ok("value" in parsed, "error" in parsed ? parsed.error : "");
  return parsed.value;
}

describe("what is accepted", () => {
  const cases: { line: string; values: object; operand?: string; command?: string }[] = [
    { line: "-iv 4 generic", values: { ipversion: [4] } },
    { line: "-iv=4 generic", values: { ipversion: [4] } },
    { line: "--ipversion=any generic", values: {} },
    { line: "--ipversion 6 generic", values: { ipversion: [6] } },
    { line: "generic -l4 TCP", values: { l4proto: [6] } },
    {
      line: "generic -l4 tcp -iv 4 -sp 80 -dp=443",
      values: { l4proto: [6], ipversion: [4], sport: [80], dport: [443] },
    },
    { line: "-l4 58 generic", values: { l4proto: [58] } },
    { line: "-s4 10.0.1.10 -d4 10.0.0.0/8 generic", values: { saddr4: ["10.0.1.10"], daddr4: ["10.0.0.0/8"] } },
    { line: "-s6 fc00::1 -d6=fc00::/7 generic", values: { saddr6: ["fc00::1"], daddr6: ["fc00::/7"] } },
    { line: "-s4 10.0.0.10 -s6 fc00::10 generic", values: { saddr4: ["10.0.0.10"], saddr6: ["fc00::10"] } },
    {
      line: "-iv any -l4 any -s4 any -d4 any -s6 any -d6 any -sp any -dp any generic",
      values: {},
    },
    { line: "-iv 4 -s6 any generic", values: { ipversion: [4] } },
    { line: "-l4 ICMP -sp any generic", values: { l4proto: [1] } },
    { line: "-s4 10.0.0.1 -s4 10.0.0.2 generic", values: { saddr4: ["10.0.0.1", "10.0.0.2"] } },
    { line: "-l4 TCP -l4 17 -sp 80 -sp 443 generic", values: { l4proto: [6, 17], sport: [80, 443] } },
    { line: "-iv 4 -iv 6 -s6 fc00::1 generic", values: { ipversion: [4, 6], saddr6: ["fc00::1"] } },
    { line: "-s4 any -s4 any generic", values: {} },
    { line: "--backend kprobe --backend auto generic", values: { backend: "auto" } },
    { line: "-l generic", values: { list: true } },
    { line: "-l -l4 nonsense -s4 nonsense generic", values: { list: true } },
    { line: "-lq generic", values: { list: true, quiet: true } },
    { line: "-o jsonl generic", values: { output: "jsonl" } },
    { line: "-o=jsonl generic", values: { output: "jsonl" } },
    { line: "-ojsonl generic", values: { output: "jsonl" } },
    { line: "--duration 1.5h generic", values: { durationMs: 5_400_000 } },
    { line: "--duration 500ms --idle-timeout 10s generic", values: { durationMs: 500, idleTimeoutMs: 10_000 } },
    { line: "-c 10 --max-hops 64 generic", values: { count: 10, maxHops: 64 } },
    { line: "--max-rate 500 generic", values: { maxPacketsPerSecond: 500 } },
    { line: "--ring-bytes 64K generic", values: { ringBytes: 65_536n } },
    { line: "--ring-bytes 8m generic", values: { ringBytes: 8_388_608n } },
    { line: "--ring-bytes 4096 generic", values: { ringBytes: 4096n } },
    { line: "--one-way --no-color --quiet generic", values: { oneWay: true, noColor: true, quiet: true } },
    { line: "--function ^ip_ all", values: { functionRegex: "^ip_" }, operand: "all" },
    { line: "list --function=skb", values: { functionRegex: "skb" }, command: "list", operand: "" },
    { line: "--server [::1]:50051 generic", values: { server: "[::1]:50051" } },
    { line: "--server unix:run/x.sock generic", values: { server: "unix:run/x.sock" } },
    { line: "-iv 4 -- -l", values: { ipversion: [4], pcap: "-l" }, operand: "generic" },
    { line: "drops -- tcp port 80", values: { pcap: "tcp port 80" }, operand: "drops" },
    { line: "drops --", values: {}, operand: "drops" },
    { line: "--filter tcp --filter-inner udp drops", values: { pcap: "tcp", innerPcap: "udp" }, operand: "drops" },
    { line: "--filter-inner udp -- tcp", values: { pcap: "tcp", innerPcap: "udp" }, operand: "generic" },
    { line: "list -- drops", command: "list", values: {}, operand: "drops" },
    { line: "trace -iv 4 generic", values: { ipversion: [4] } },
    { line: "trace list", values: {}, operand: "list" },
    { line: "./list", values: {}, operand: "./list" },
    { line: "list -l generic", values: { list: true }, command: "list" },
    {
      line: "serve --listen unix:/a --listen 127.0.0.1:1 --insecure --log-level debug",
      values: { listen: ["unix:/a", "127.0.0.1:1"], insecure: true, logLevel: "debug" },
      command: "serve",
      operand: "",
    },
    { line: "completion bash", values: {}, command: "completion", operand: "bash" },
    { line: "--help", values: { help: true }, operand: "" },
    { line: "-l4 nonsense --no-such --help", values: { help: true }, operand: "" },
    { line: "serve --version", values: { version: true }, command: "serve", operand: "" },
  ];
  for (const { line, values: expected, operand = "generic", command = "trace" } of cases) {
    test(line, () => {
      const parsed = values(line);
      assert.deepEqual(parsed.values, expected);
      assert.equal(parsed.operand ?? "", operand);
      assert.equal(parsed.command, command);
    });
  }
  test("no words at all after list", () => assert.equal(values("list").operand, undefined));
});

describe("what is refused, in one sentence that names the option as written", () => {
  const cases: [line: string, error: RegExp][] = [
    ["-l4 TPC generic", /^-l4: "TPC" is not a transport protocol .*did you mean "TCP"/],
    ["--l4proto 256 generic", /^--l4proto: "256" is not .*0-255/],
    ["-iv 5 generic", /^-iv: "5" is not one of any, 4, 6$/],
    ["-iv=5 generic", /^-iv: "5"/],
    ["-s4 300.1.1.1 generic", /^-s4: "300\.1\.1\.1" is not an IPv4 address/],
    ["-s4 host generic", /^-s4: "host" is not an IPv4 address/],
    ["-s4 fc00::1 generic", /^-s4: "fc00::1" is an IPv6 address/],
    ["-d6 10.0.0.1 generic", /^-d6: "10\.0\.0\.1" is an IPv4 address/],
    ["--daddr4 10.0.0.0/33 generic", /^--daddr4: "10\.0\.0\.0\/33"/],
    [
      "--filter tcp generic -- udp port 1",
      /^--filter tcp and -- udp port 1: both are a pcap expression; leave one of them out$/,
    ],
    ["--filter= generic", /^--filter: is empty: give for example 'tcp port 80'$/],
    ["--filter-inner= generic", /^--filter-inner: is empty/],
    ["-sp 99999 generic", /^-sp: "99999" is not a port.*1-65535/],
    ["-dp 0 generic", /^-dp: "0" is not a port/],
    ["-iv 4 -s6 ::1 generic", /^-iv 4 and -s6 ::1: an IPv6 address matches no IPv4 packet/],
    [
      "--ipversion=6 -d4 10.0.0.1 generic",
      /^--ipversion 6 and -d4 10\.0\.0\.1: an IPv4 address matches no IPv6 packet/,
    ],
    ["-l4 icmp --sport 80 generic", /^-l4 icmp and --sport 80: ICMP has no ports/],
    ["-s4 10.0.0.1 -s4 any generic", /^-s4 any and -s4 10\.0\.0\.1: any leaves nothing to choose/],
    ["-sp any --sport 80 generic", /^-sp any and --sport 80: any leaves/],
    ["-l4 TCP --l4proto GRE -dp 80 generic", /^--l4proto GRE and -dp 80: GRE has no ports/],
    ["-l4 1 -dp 80 generic", /^-l4 1 and -dp 80: ICMP has no ports/],
    ["--function= generic", /^--function: "" is not a regular expression: leave the option out/],
    ["--module= generic", /^--module: is empty: give the name of a module, or a file$/],
    ["--where= generic", /^--where: is empty: give for example 'skb->len > 1000'$/],
    ["--sevrer x generic", /^"--sevrer": no such option \(did you mean "--server"\?\)/],
    ["-iv4 generic", /^"-iv4": no such option \(did you mean "-iv"\?\)/],
    ["-s 10.0.0.1 generic", /^"-s": no such option/],
    ["--listen unix:/a generic", /^--listen: not an option of "ipftrace", but of: serve$/],
    ["list -s4 10.0.0.1", /^-s4: not an option of "ipftrace list", but of: trace, explain$/],
    ["-s4", /^-s4: needs a value \(TEXT\), and nothing follows it$/],
    ["-s4 -d4 10.0.0.1 generic", /^-s4: needs a value \(TEXT\), but the option -d4 follows it$/],
    ["--quiet=yes generic", /^--quiet: takes no value$/],
    ["-q", /^MANIFEST_FILE is missing: a path, or the name of a shipped manifest/],
    ["one two", /^"two": "ipftrace" takes one MANIFEST_FILE$/],
    ["serve now", /^"now": "ipftrace serve" takes no argument$/],
    ["completion", /^SHELL is missing/],
    ["completion tcsh", /^"tcsh" is no SHELL that is known \(bash, zsh, fish\)$/],
    ["module make x", /^"make" is no ACTION that is known \(new, check\)$/],
    ["module", /^ACTION is missing: what to do: new writes NAME\.bpf\.c/],
    ["module new", /^NAME_OR_FILE is missing: the name of a new module/],
    ["module new a b", /^"b": "ipftrace module" takes one ACTION and one NAME_OR_FILE$/],
    ["--duration 10 generic", /^--duration: "10" is not a time .*500ms, 10s/],
    ["--duration 0s generic", /^--duration: "0s" is not a time/],
    ["--duration 50000h generic", /^--duration: "50000h" is not a time.*49 days/],
    ["-c 0 generic", /^-c: "0" is not a whole number from 1/],
    ["-c -5 generic", /^-c: "-5" is not a whole number/],
    ["--max-hops 4294967296 generic", /^--max-hops: "4294967296" is not a whole number/],
    ["--ring-bytes 100K generic", /^--ring-bytes: "100K" is not a ring buffer size \(a power of two/],
    ["--ring-bytes 1K generic", /^--ring-bytes: "1K"/],
    ["--server localhost generic", /^--server: "localhost" is not an address \(unix:PATH or HOST:PORT/],
    ["--server a:0 generic", /^--server: "a:0"/],
    ["--server ::1:50051 generic", /^--server: "::1:50051"/],
    ["--output xml generic", /^--output: "xml" is not one of table, jsonl$/],
    ["--backend ebpf generic", /^--backend: "ebpf" is not one of auto, kprobe-multi, kprobe, tracepoint$/],
  ];
  for (const [line, error] of cases) {
    test(line, () => {
      const parsed = parseCommandLine(line.split(" "));
      assert.ok("error" in parsed, "it was accepted");
      assert.match(parsed.error, error);
      assert.equal(parsed.error.includes("\n"), false);
    });
  }
  test("nothing", () => {
    const parsed = parseCommandLine([]);
    assert.ok("error" in parsed);
    assert.match(parsed.error, /^MANIFEST_FILE is missing/);
  });
});

describe("the table", () => {
  test("no two options of a subcommand share a name", () => {
    for (const command of commandNames) {
      const names = optionKeys(command).flatMap((key) => [...optionSpec(key).names]);
      assert.equal(new Set(names).size, names.length, command);
    }
  });
  test("every suggested value is accepted", () => {
    for (const key of Object.keys(optionTable) as OptionKey[]) {
      const spec = optionSpec(key);
      for (const text of spec.kind === "flag" ? [] : (spec.suggest ?? [])) {
        assert.ok(spec.kind !== "flag" && "value" in spec.read(text), `${key} ${text}`);
      }
    }
  });
});

test("any words give a value or one sentence, never an exception", () => {
  const known = fc.constantFrom(...Object.values(optionTable).flatMap((spec) => [...spec.names, `${spec.names[0]}=`]));
  const word = fc.oneof(known, fc.string(), fc.constantFrom("--", "-", "any", "4", "generic", "list", "__proto__"));
  fc.assert(
    fc.property(fc.array(word, { maxLength: 6 }), (words) => {
      const parsed = parseCommandLine(words);
      return "value" in parsed || (parsed.error.length > 0 && !parsed.error.includes("\n"));
    }),
  );
});
