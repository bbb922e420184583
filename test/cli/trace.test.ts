import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { LossStage, StageLoss } from "../../src/gen/ipftrace/v1/loss.js";
import { FunctionState, TraceableFunction } from "../../src/gen/ipftrace/v1/manifest.js";
import { Backend } from "../../src/gen/ipftrace/v1/node.js";
import type { TraceRequest } from "../../src/gen/ipftrace/v1/trace_service.js";
import {
  echoReply,
  echoReplyText,
  echoRequest,
  echoRequestText,
  gsoSchema,
  segmented,
  segmentedText,
} from "../client/fixtures.js";
import { captureIo } from "./capture.js";
import { send, sendEnded, sendJourneys, sendStarted, type TraceCall } from "./fake-server.js";
import { account, run } from "./run.js";
import { temporaryFile } from "./temporary-file.js";

test("a trace to its limit prints what the original printed, and the account", async (context) => {
  let request: TraceRequest | undefined;
  const trace = (call: TraceCall) => {
    request = call.request;
    sendStarted(call);
    sendJourneys(call, echoRequest, echoReply);
    sendEnded(call, account);
  };
  const words = ["-iv", "4", "-l4", "ICMP", "-s4", "10.0.1.10", "generic", "-c", "2"];
  const { exitStatus, out, err } = await run(context, { trace }, words);
  assert.equal(out, `Trace ready!\n${echoRequestText}${echoReplyText}`);
  assert.equal(
    err,
    "tracing 37 functions with kprobe-multi; Ctrl-C ends\n" +
      "2 packets, 2 journeys, 9 hops, 0 lost (seen 100, filtered 91)\n",
  );
  assert.equal(exitStatus, 0);
  assert.deepEqual(request?.manifestSource, { $case: "manifestName", value: "generic" });
  assert.equal(request?.options?.maxJourneys, 2n);
  assert.deepEqual(request?.filter?.allow[0]?.sourceIpv4, ["10.0.1.10"]);
});

test("modules bring their column, and function ids their names", async (context) => {
  const entry = (name: string, index: number) => ({
    functionId: index + 1,
    name,
    module: "",
    group: "",
    egress: false,
  });
  const hops = segmented.hops.map((hop, index) => ({ ...hop, function: "", functionId: index + 1 }));
  const trace = (call: TraceCall) => {
    sendStarted(call, {
      schemas: [gsoSchema],
      functions: segmented.hops.map((hop, index) => entry(hop.function, index)),
    });
    sendJourneys(call, { ...segmented, hops });
    sendEnded(call, account);
  };
  const { out } = await run(context, { trace }, ["generic"]);
  assert.equal(out, `Trace ready!\n${segmentedText}`);
});

test("JSON lines hold nothing but journeys", async (context) => {
  const trace = (call: TraceCall) => {
    sendStarted(call);
    sendJourneys(call, echoRequest, echoReply);
    sendEnded(call, account);
  };
  const { out, err } = await run(context, { trace }, ["-o", "jsonl", "generic"]);
  const lines = out.trimEnd().split("\n");
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).flow.source),
    ["10.0.1.10", "10.0.1.11"],
  );
  assert.match(err, /^tracing 37 .*\nTrace ready!\n2 packets/);
});

test("--quiet leaves errors and losses", async (context) => {
  const trace = (call: TraceCall) => {
    sendStarted(call);
    const stages = [
      StageLoss.fromPartial({ stage: LossStage.LOSS_STAGE_RING, lostEvents: 120n, totalLostEvents: 120n }),
    ];
    send(call, { $case: "loss", value: { stages } });
    sendEnded(call, account);
  };
  const { out, err } = await run(context, { trace }, ["-q", "generic"]);
  assert.equal(out, "Trace ready!\n");
  assert.equal(err, "lost 120 events (the kernel's buffer was full: larger --ring-bytes or a narrower filter help)\n");
});

describe("what is said at the start", () => {
  const skip = (name: string, reason: string, state: FunctionState) => ({
    ...TraceableFunction.fromPartial({ name, reason }),
    state,
  });
  const notFound = FunctionState.FUNCTION_STATE_NOT_FOUND;
  const cases = [
    {
      name: "functions left out for one reason, at most ten by name",
      started: {
        attachedFunctions: 1,
        skippedFunctions: Array.from({ length: 12 }, (_, index) => skip(`f${index}`, "not in this kernel", notFound)),
      },
      lines: [
        "tracing 1 function with kprobe-multi (12 left out: not on this kernel); Ctrl-C ends",
        '  left out: f0 f1 f2 f3 f4 f5 f6 f7 f8 f9 and 2 more (see "ipftrace list"): not in this kernel',
      ],
    },
    {
      name: "functions left out for several reasons",
      started: {
        attachedFunctions: 2,
        skippedFunctions: [
          skip("a", "inlined", notFound),
          skip("b", "notrace", FunctionState.FUNCTION_STATE_NOT_PROBEABLE),
        ],
      },
      lines: [
        "tracing 2 functions with kprobe-multi (2 left out); Ctrl-C ends",
        "  left out: a: inlined",
        "  left out: b: notrace",
      ],
    },
    {
      name: "a better backend passed over",
      started: {
        backend: Backend.BACKEND_TRACEPOINT,
        passedOver: [
          { backend: Backend.BACKEND_KPROBE, available: false, reason: "no kprobes", remedy: "boot another kernel" },
        ],
      },
      lines: ["not with kprobe: no kprobes (boot another kernel)", "tracing 37 functions with tracepoint; Ctrl-C ends"],
    },
  ];
  for (const { name, started, lines } of cases) {
    test(name, async (context) => {
      const trace = (call: TraceCall) => {
        sendStarted(call, started);
        sendEnded(call, account);
      };
      const { err } = await run(context, { trace }, ["generic"]);
      assert.deepEqual(err.split("\n").slice(0, -2), lines);
    });
  }
});

describe("progress of attaching", () => {
  const trace = (call: TraceCall) => {
    send(call, { $case: "attachProgress", value: { attached: 10, total: 37 } });
    send(call, { $case: "attachProgress", value: { attached: 20, total: 37 } });
    sendStarted(call);
    sendEnded(call, account);
  };
  test("plain lines into a file", async (context) => {
    const { err } = await run(context, { trace }, ["generic"]);
    assert.match(err, /^attaching: 10 of 37 functions\nattaching: 20 of 37 functions\ntracing 37/);
  });
  test("one rewritten line on a terminal", async (context) => {
    const { err } = await run(context, { trace }, ["generic"], captureIo(true));
    const line = (attached: number) => `\r\x1b[Kattaching: ${attached} of 37 functions`;
    assert.equal(err.startsWith(`${line(10)}${line(20)}\r\x1b[Ktracing 37 functions`), true);
  });
});

describe("when nothing matched, the account says why", () => {
  const cases = [
    {
      name: "everything filtered",
      words: ["-l4=TCP", "-iv", "any", "--dport", "81"],
      account: { seenEvents: 12n, filteredEvents: 12n },
      why: "nothing matched: 12 probe hits seen, all of packets that do not match -l4 TCP --dport 81",
    },
    {
      name: "nothing seen",
      words: [],
      account: {},
      why: "nothing matched: no packet came through the traced functions",
    },
    {
      name: "no filter",
      words: [],
      account: { seenEvents: 1n, filteredEvents: 1n },
      why: "nothing matched: 1 probe hit seen, all of packets that were neither IPv4 nor IPv6",
    },
  ];
  for (const { name, words, account: given, why } of cases) {
    test(name, async (context) => {
      const trace = (call: TraceCall) => {
        sendStarted(call);
        sendEnded(call, given);
      };
      const { err } = await run(context, { trace }, [...words, "generic"]);
      assert.equal(err.trimEnd().split("\n").at(-1), why);
    });
  }
});

test("a manifest file is sent inline, and its warnings are shown", async (context) => {
  const path = temporaryFile(context, "mine.yaml", "functions:\n  g:\n  - name: ip_rcv\n    colour: red\n");
  let source: TraceRequest["manifestSource"];
  const trace = (call: TraceCall) => {
    source = call.request.manifestSource;
    sendStarted(call);
    sendEnded(call, account);
  };
  const { err } = await run(context, { trace }, [path]);
  assert.equal(source?.$case === "manifest" && source.value.groups[0]?.functions[0]?.name, "ip_rcv");
  assert.match(err, /^ipftrace: warning: .*mine\.yaml:4:5: the key "colour" is ignored/);
});
