import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { describe, type TestContext, test } from "node:test";
import { status } from "@grpc/grpc-js";
import { dispatch } from "../../src/cli/dispatch.js";
import { parseCommandLine } from "../../src/cli/parse.js";
import { trace } from "../../src/cli/trace.js";
import { TraceEndReason } from "../../src/gen/ipftrace/v1/trace_service.js";
import { echoRequest, echoRequestText } from "../client/fixtures.js";
import { type CapturedIo, captureIo, until } from "./capture.js";
import { type Behaviour, send, sendEnded, sendJourneys, sendStarted, type TraceCall } from "./fake-server.js";
import { account, run, serverFor } from "./run.js";

describe("Ctrl-C", () => {
  /** Starts a trace that goes on until it is stopped, and waits for its first output. */
  async function begin(context: TestContext, behaviour: Behaviour, io: CapturedIo, stopTimeoutMs?: number) {
    const target = await serverFor(context, behaviour);
    const options = parseCommandLine(["generic", "--server", target]);
    assert.ok("value" in options);
    return trace(options.value, io, stopTimeoutMs === undefined ? {} : { stopTimeoutMs });
  }

  test("stops the trace in good order: open journeys and the account still come", async (context) => {
    const io = captureIo();
    let call: TraceCall | undefined;
    const stopped: bigint[] = [];
    const ending = begin(
      context,
      {
        trace: (opened) => {
          call = opened;
          sendStarted(opened);
        },
        stopTrace: (traceId) => {
          stopped.push(traceId);
          if (call === undefined) return;
          sendJourneys(call, echoRequest);
          sendEnded(call, account, { reason: TraceEndReason.TRACE_END_REASON_STOPPED });
        },
      },
      io,
    );
    await until(() => io.outText() !== "", "the trace to begin");
    io.signals.emit("SIGINT");
    assert.equal(await ending, 0);
    assert.deepEqual(stopped, [77n]);
    assert.equal(io.outText(), `Trace ready!\n${echoRequestText}`);
    assert.match(io.errText(), /2 packets, 2 journeys, 9 hops, 0 lost/);
    assert.deepEqual(io.exits, []);
    assert.equal(io.signals.listenerCount("SIGINT") + io.signals.listenerCount("SIGTERM"), 0);
  });

  test("a second one ends at once", async (context) => {
    const io = captureIo();
    const ending = begin(context, { trace: (call) => sendStarted(call) }, io, 50);
    await until(() => io.outText() !== "", "the trace to begin");
    io.signals.emit("SIGTERM");
    assert.deepEqual(io.exits, []);
    io.signals.emit("SIGINT");
    assert.deepEqual(io.exits, [130]);
    await ending;
  });

  test("before the trace began ends with 130", async (context) => {
    const io = captureIo();
    let cancelled = false;
    let called = false;
    const behaviour: Behaviour = {
      trace: (call) => {
        called = true;
        call.on("cancelled", () => {
          cancelled = true;
        });
      },
    };
    const ending = begin(context, behaviour, io);
    await until(() => called, "the call");
    io.signals.emit("SIGINT");
    assert.equal(await ending, 130);
    await until(() => cancelled, "the server to see the cancellation");
    assert.equal(io.outText(), "");
  });

  test("says so when the end takes its time", async (context) => {
    const io = captureIo();
    let call: TraceCall | undefined;
    const behaviour: Behaviour = {
      trace: (opened) => {
        call = opened;
        sendStarted(opened);
      },
      stopTrace: () => {
        void until(() => /detaching; Ctrl-C again/.test(io.errText()), "the word of it").then(() => {
          if (call !== undefined) sendEnded(call, account, { reason: TraceEndReason.TRACE_END_REASON_STOPPED });
        });
      },
    };
    const ending = begin(context, behaviour, io);
    await until(() => io.outText() !== "", "the trace to begin");
    io.signals.emit("SIGINT");
    assert.equal(await ending, 0);
    assert.match(io.errText(), /detaching; Ctrl-C again gives up\n/);
  });

  test("a server that does not stop is given up", async (context) => {
    const io = captureIo();
    const ending = begin(context, { trace: (call) => sendStarted(call) }, io, 50);
    await until(() => io.outText() !== "", "the trace to begin");
    io.signals.emit("SIGINT");
    assert.equal(await ending, 1);
    assert.match(io.errText(), /did not end the trace in time/);
  });

  test("gives up also while the output is blocked", async (context) => {
    const io = captureIo();
    const blocked = new Writable({ highWaterMark: 1, write: () => {} });
    const ending = begin(context, { trace: (call) => sendStarted(call) }, { ...io, out: blocked }, 50);
    await until(() => blocked.writableLength > 0, "the first write");
    io.signals.emit("SIGINT");
    assert.equal(await ending, 1);
  });
});

describe("ends that nobody asked for", () => {
  const cases = [
    {
      name: "a server that drains",
      trace: (call: TraceCall) => {
        sendStarted(call);
        const value = { reason: TraceEndReason.TRACE_END_REASON_DRAINING, detail: "", account: undefined };
        send(call, { $case: "ended", value });
        call.emit("error", { code: status.UNAVAILABLE, details: "draining" });
      },
      err: "ipftrace: the server is stopping\n",
    },
    {
      name: "a collector that fails",
      trace: (call: TraceCall) => {
        sendStarted(call);
        sendEnded(call, account, { reason: TraceEndReason.TRACE_END_REASON_FAILED, detail: "out of memory" });
      },
      err: "ipftrace: the collector failed: out of memory\n2 packets, 2 journeys, 9 hops, 0 lost (seen 100, filtered 91)\n",
    },
    {
      name: "a trace that cost too much",
      trace: (call: TraceCall) => {
        sendStarted(call);
        const overhead = {
          runTimeNs: 709_373_838n,
          runCount: 1_361_464n,
          cpuPercent: 9,
          maxCpuPercent: 5,
          followedOneIn: 0,
        };
        sendEnded(call, account, { reason: TraceEndReason.TRACE_END_REASON_OVER_BUDGET, detail: "9 %", overhead });
      },
      err: `ipftrace: the trace cost this node too much, and the server ended it: 9 %
2 packets, 2 journeys, 9 hops, 0 lost (seen 100, filtered 91)
cost 709.4 ms of CPU in 1361464 runs of 521 ns; in the end no conversation was followed
`,
    },
    {
      name: "a stream that just ends",
      trace: (call: TraceCall) => {
        sendStarted(call);
        call.end();
      },
      err: "ipftrace: the server ended the stream without saying why\n",
    },
    {
      name: "an invalid request, one fault a line",
      trace: (call: TraceCall) => {
        const details = "filter.allow[0].source_ipv4[0]: bad; worse: give another; options.max_hops: 9999 is too much";
        call.emit("error", { code: status.INVALID_ARGUMENT, details });
      },
      err: "ipftrace: filter.allow[0].source_ipv4[0]: bad; worse: give another\nipftrace: options.max_hops: 9999 is too much\n",
      started: false,
    },
    {
      name: "a kernel that cannot",
      trace: (call: TraceCall) => {
        call.emit("error", { code: status.FAILED_PRECONDITION, details: "this kernel has no BTF" });
      },
      err: "ipftrace: this kernel has no BTF\n",
      started: false,
    },
    {
      name: "a server of another kind",
      trace: undefined,
      err: "ipftrace: the server does not know this request; is it an ipftrace server of this version? (not here)\n",
      started: false,
    },
  ];
  for (const { name, trace, err, started = true } of cases) {
    test(name, async (context) => {
      const result = await run(context, trace ? { trace } : {}, ["generic"]);
      const startLine = started ? "tracing 37 functions with kprobe-multi; Ctrl-C ends\n" : "";
      assert.equal(result.err, startLine + err);
      assert.equal(result.exitStatus, 1);
    });
  }
});

test("a server that is not there is reported", async () => {
  for (const [target, reason] of [
    [`unix:${join(tmpdir(), "ipftrace-not-there.sock")}`, "ENOENT"],
    ["127.0.0.1:1", "ECONNREFUSED"],
  ] as const) {
    const io = captureIo();
    assert.equal(await dispatch(["generic", "--server", target], io), 1);
    assert.equal(
      io.errText().startsWith(`ipftrace: cannot reach the server at ${target}: connect ${reason}`),
      true,
      io.errText(),
    );
    assert.match(io.errText(), /; start it with "ipftrace serve"[^\n]*\n$/);
  }
});
