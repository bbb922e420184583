/**
 * The function backends, on Debian's kernels: 6.12 has kprobe-multi, 6.1 only kprobes, 5.10
 * neither cookies nor module BTF, and the newest shows what is coming. scenario.sh runs in
 * the virtual machine; here its output is parsed and judged.
 */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type PrintedJourney, parseOriginalText } from "../helpers/original-text.js";
import { requirement } from "../helpers/require-kernel.js";
import { boot } from "./boot.js";

const SCENARIO = fileURLToPath(new URL("scenario.sh", import.meta.url));
/** Three times what it takes on two idle cores. */
const TIMEOUT_SECONDS = 600;

const kernels = [
  { line: "6.12", backend: "kprobe-multi", scenario: "full" },
  { line: "6.1", backend: "kprobe", scenario: "full" },
  { line: "5.10", backend: "kprobe", scenario: "smoke" },
  { line: "newest", backend: "kprobe-multi", scenario: "smoke" },
] as const;

const whyNot = process.getuid?.() === 0 ? undefined : "needs root, to boot virtual machines on this file system";

/** Journeys from one address, or address and port, to another. */
function between(journeys: readonly PrintedJourney[], source: RegExp, destination: RegExp): PrintedJourney[] {
  return journeys.filter((one) => source.test(one.source) && destination.test(one.destination));
}

/** Fails unless some journey has all these functions, in this order, perhaps with others in between. */
function assertPath(journeys: readonly PrintedJourney[], path: readonly string[], what: string): void {
  const found = journeys.some(({ rows }) => {
    let at = 0;
    for (const row of rows) if (row.function === path[at]) at++;
    return at === path.length;
  });
  assert.ok(found, `no journey of ${what} goes through ${path.join(" → ")}: ${show(journeys)}`);
}

function show(journeys: readonly PrintedJourney[]): string {
  return journeys.map(({ source, rows }) => `${source}: ${rows.map((row) => row.function).join(" ")}`).join("\n");
}

const TRANSMIT = ["ip_output", "ip_finish_output2", "dev_hard_start_xmit"];
const RECEIVE = ["ip_rcv", "ip_local_deliver"];
const left = /^10\.0\.1\.10$/;
const right = /^10\.0\.1\.11$/;

/** Reads a file that the virtual machine left in /out. */
type Read = (name: string) => string;

// Two machines at a time: each uses one core.
describe("on Debian's kernels", { concurrency: 2, ...requirement(whyNot) }, () => {
  for (const { line, backend, scenario } of kernels) {
    describe(`Linux ${line} (${backend})`, () => {
      const folder = mkdtempSync(join(tmpdir(), "ipftrace-vm-"));
      const read = (name: string): string => readFileSync(join(folder, name), "utf8");
      before(() => boot({ line, command: [SCENARIO, scenario], timeoutSeconds: TIMEOUT_SECONDS, folder }));
      after(() => rmSync(folder, { recursive: true }));
      test("a ping goes through the stack and back, in the original's format", () => checkPing(read, backend));
      if (scenario === "full") checkRemote(read);
    });
  }
});

function checkPing(read: Read, backend: string): void {
  const journeys = parseOriginalText(read("smoke.out"));
  assert.ok(journeys.every(({ protocol }) => protocol === "ICMP"));
  const request = between(journeys, left, right);
  const reply = between(journeys, right, left);
  assertPath(request, TRANSMIT, "the request");
  assertPath(request, RECEIVE, "the request");
  assertPath(reply, TRANSMIT, "the reply");
  assertPath(reply, RECEIVE, "the reply");
  assert.equal(request.length + reply.length, journeys.length, "packets of others");
  assert.equal(read("smoke.status"), "0\n");
  assert.match(read("smoke.err"), new RegExp(`tracing \\d+ functions with ${backend} \\(`));
  assert.match(read("smoke.err"), /\n4 packets, 8 journeys, \d+ hops, 0 lost \(seen \d+, filtered \d+\)\n$/);
}

function checkRemote(read: Read): void {
  test("a client over TCP sees the same", () => {
    const journeys = parseOriginalText(read("icmp.out"));
    assertPath(between(journeys, left, right), TRANSMIT, "the request");
    assertPath(between(journeys, left, right), RECEIVE, "the request");
    assertPath(between(journeys, right, left), RECEIVE, "the reply");
    assert.ok(journeys.every(({ protocol }) => protocol === "ICMP"));
    assert.equal(read("icmp.status"), "0\n");
  });

  test("IPv6: a client at the same time, with a filter of its own", () => {
    const journeys = parseOriginalText(read("icmp6.out"));
    const request = between(journeys, /^fc00:1::10$/, /^fc00:1::11$/);
    assertPath(request, ["ip6_output", "ip6_finish_output2", "dev_hard_start_xmit"], "the request");
    assertPath(request, ["ipv6_rcv", "ip6_input"], "the request");
    assertPath(between(journeys, /^fc00:1::11$/, /^fc00:1::10$/), ["ipv6_rcv", "ip6_input"], "the reply");
    for (const { protocol, source, destination } of journeys) {
      assert.equal(protocol, "IPv6-ICMP");
      assert.ok([source, destination].includes("fc00:1::10"), `${source} -> ${destination}`);
    }
  });

  test("a filter by port shows that port's packets and nothing else", () => {
    const journeys = parseOriginalText(read("port.out"));
    const there = between(journeys, /^10\.0\.1\.10:\d+$/, /^10\.0\.1\.11:8080$/);
    const back = between(journeys, /^10\.0\.1\.11:8080$/, /^10\.0\.1\.10:\d+$/);
    assertPath(there, TRANSMIT, "the connection");
    assertPath(there, RECEIVE, "the connection");
    assertPath(back, TRANSMIT, "the answer");
    assert.equal(there.length + back.length, journeys.length, `others than port 8080: ${show(journeys)}`);
    assert.ok(journeys.every(({ protocol }) => protocol === "TCP"));
  });

  test("a client killed with -9 takes its own probes with it, and nothing else", () => {
    const count = (name: string): number => Number(read(name));
    assert.ok(count("attached-with-four") > count("attached-with-three"));
    assert.equal(count("attached-after-kill"), count("attached-with-three"));
    assert.equal(count("attached-at-end"), 0);
    assert.equal(count("events-at-end"), 0, "trace events were left in tracefs");
    assert.equal(read("server.status"), "0\n");
  });
}
