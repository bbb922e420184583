import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseCommandLine } from "../../src/cli/parse.js";
import { buildRequest, type ManifestSource } from "../../src/cli/request.js";
import { Filter, FlowFilter } from "../../src/gen/ipftrace/v1/filter.js";
import { FunctionEncoding, TraceOptions, TraceRequest } from "../../src/gen/ipftrace/v1/trace_service.js";

const generic: ManifestSource = { $case: "manifestName", value: "generic" };
const ids = FunctionEncoding.FUNCTION_ENCODING_IDS;

function request(line: string): TraceRequest {
  const parsed = parseCommandLine(`${line} generic`.trim().split(" "));
  assert.ok("value" in parsed);
  return buildRequest(parsed.value.values, generic);
}

test("without options everything but the encoding is the server's default", () => {
  const expected = { ...TraceRequest.fromPartial({}), manifestSource: generic };
  const options = { ...TraceOptions.fromPartial({}), functionEncoding: ids };
  assert.deepEqual({ ...request("") }, { ...expected, filter: undefined, options });
});

describe("conditions", () => {
  const cases: [line: string, flow: object][] = [
    ["-iv 4", { ipVersion: 4 }],
    ["-iv 6", { ipVersion: 6 }],
    ["-l4 ICMP", { l4Protocols: [1] }],
    ["-l4 0", { l4Protocols: [0] }],
    ["-s4 10.0.1.10 -d4 10.0.0.0/8", { sourceIpv4: ["10.0.1.10"], destinationIpv4: ["10.0.0.0/8"] }],
    ["-s6 fc00::1 -d6 fc00::/7", { sourceIpv6: ["fc00::1"], destinationIpv6: ["fc00::/7"] }],
    ["-iv 4 --ipversion 6 -l4 TCP", { l4Protocols: [6] }],
    [
      "-s4 10.0.1.10 -s4 10.0.2.0/24 -l4 TCP -l4 UDP",
      { sourceIpv4: ["10.0.1.10", "10.0.2.0/24"], l4Protocols: [6, 17] },
    ],
    ["-sp 80 -dp 443 --one-way", { sourcePorts: [80], destinationPorts: [443], direction: 2 }],
  ];
  for (const [line, flow] of cases) {
    test(line, () => {
      const { filter } = request(line);
      assert.deepEqual(filter?.allow, [{ ...FlowFilter.fromPartial({}), ...flow }]);
      assert.deepEqual(filter?.deny, []);
    });
  }
  test("what the kernel knows of a packet", () => {
    const line =
      "--mark 0x10/0xf0 --mark 3 --ifname eth0 --netns inode:7 --netns blue --length 64 --length 100- --cgroup id:9";
    const { filter } = request(line);
    assert.deepEqual(filter?.allow, [
      {
        ...FlowFilter.fromPartial({}),
        marks: [
          { value: 16, mask: 240 },
          { value: 3, mask: 0 },
        ],
        interfaceNames: ["eth0"],
        netns: [{ namespace: { $case: "inode", value: 7 } }, { namespace: { $case: "name", value: "blue" } }],
        lengths: [
          { min: 64, max: 64 },
          { min: 100, max: 0 },
        ],
        cgroupIds: [9n],
      },
    ]);
  });
  test("how a journey ended", () => {
    const line = "--dropped --drop-reason A,B --drop-reason C --min-duration 1.5us --hops 2-9 --passed ip_rcv,x";
    assert.deepEqual(request(line).filter, {
      ...Filter.fromPartial({}),
      dropped: true,
      dropReasons: ["A", "B", "C"],
      minDurationNs: 1500n,
      minHops: 2,
      maxHops: 9,
      passedFunctions: ["ip_rcv", "x"],
    });
  });
  for (const line of ["-iv any", "-s4 any -sp any", "--one-way"]) {
    test(`${line} asks nothing of packets`, () => assert.equal(request(line).filter, undefined));
  }
});

test("expressions", () => {
  const { filter } = request("--filter tcp --filter-inner udp --where skb->len");
  assert.deepEqual(filter, {
    ...Filter.fromPartial({}),
    pcapExpression: "tcp",
    innerPcapExpression: "udp",
    whereExpression: "skb->len",
  });
});

test("options", () => {
  const line =
    "--duration 10s -c 5 --max-hops 64 --idle-timeout 500ms --ring-bytes 64K --max-rate 7 --max-cpu 30 --backend tracepoint";
  const { options, backend } = request(line);
  assert.equal(backend, 3);
  assert.deepEqual(options, {
    ...TraceOptions.fromPartial({}),
    durationMs: 10_000,
    maxJourneys: 5n,
    maxHops: 64,
    idleTimeoutMs: 500,
    ringBytes: 65_536n,
    maxPacketsPerSecond: 7,
    maxCpuPercent: 30,
    functionEncoding: ids,
  });
});

test("a condition on sk_buff fields goes to the server as it is, alone or with others", () => {
  const alone = parseCommandLine(["--where", "skb->len > 5 && 1", "generic"]);
  assert.ok("value" in alone);
  const { filter } = buildRequest(alone.value.values, generic);
  assert.deepEqual(filter, { ...Filter.fromPartial({}), whereExpression: "skb->len > 5 && 1" });
  const both = request("-l4 TCP --where skb->len").filter;
  assert.deepEqual([both?.allow.length, both?.whereExpression], [1, "skb->len"]);
  assert.deepEqual(parseCommandLine(["--where", " ", "generic"]), {
    error: "--where: is empty: give for example 'skb->len > 1000'",
  });
});

test("an expression for names goes to the server as it is", () => {
  assert.equal(request("--function ^ip_(rcv|output)$").functionRegex, "^ip_(rcv|output)$");
  assert.equal(request("--begin ^ip_rcv$").beginRegex, "^ip_rcv$");
});

test("a request survives the wire", () => {
  const sent = request("-iv 4 -l4 TCP -s4 10.0.1.10 -dp 80 --one-way -c 1");
  assert.deepEqual(TraceRequest.decode(TraceRequest.encode(sent).finish()), sent);
});
