import assert from "node:assert/strict";
import { PassThrough, Writable } from "node:stream";
import { describe, test } from "node:test";
import { dispatch } from "../../src/cli/dispatch.js";
import { parseCommandLine } from "../../src/cli/parse.js";
import { trace } from "../../src/cli/trace.js";
import { echoRequest } from "../client/fixtures.js";
import { captureIo, until } from "./capture.js";
import { sendJourneys, sendStarted, type TraceCall } from "./fake-server.js";
import { serverFor } from "./run.js";

describe("standard output", () => {
  /** Fills the stream until it is full, then says how much it took. */
  function flood(sent: { batches: number; cancelled: boolean }) {
    return (call: TraceCall) => {
      call.on("cancelled", () => {
        sent.cancelled = true;
      });
      sendStarted(call);
      const batch = Array.from({ length: 64 }, () => echoRequest);
      const pump = () => {
        while (!sent.cancelled && sent.batches < 20_000) {
          sent.batches++;
          if (!sendJourneys(call, ...batch)) return call.once("drain", pump);
        }
        return undefined;
      };
      pump();
    };
  }

  test("a slow reader slows the stream down", async (context) => {
    const sent = { batches: 0, cancelled: false };
    const stuck = new PassThrough();
    const io = { ...captureIo(), out: stuck };
    const target = await serverFor(context, { trace: flood(sent) });
    const options = parseCommandLine(["-q", "generic", "--server", target]);
    assert.ok("value" in options);
    const ending = trace(options.value, io, { stopTimeoutMs: 50 });
    let before = -1;
    while (before !== sent.batches) {
      before = sent.batches;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    assert.ok(sent.batches < 20_000, `the server could send ${sent.batches} batches`);
    assert.ok(stuck.writableLength + stuck.readableLength < 1024 * 1024);
    stuck.resume();
    await until(() => sent.batches > before, "the stream to flow again");
    io.signals.emit("SIGINT");
    assert.equal(await ending, 1);
  });

  test("a reader that goes away ends the trace quietly", async (context) => {
    const sent = { batches: 0, cancelled: false };
    const io = captureIo();
    const closed = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error("write EPIPE"), { code: "EPIPE" })),
    });
    const target = await serverFor(context, { trace: flood(sent) });
    assert.equal(await dispatch(["-q", "generic", "--server", target], { ...io, out: closed }), 0);
    assert.equal(io.errText(), "");
    await until(() => sent.cancelled, "the server to see the cancellation");
  });

  test("a full disk is an error", async (context) => {
    const io = captureIo();
    const full = new Writable({ write: (_chunk, _encoding, done) => done(new Error("ENOSPC: no space left")) });
    const target = await serverFor(context, { trace: flood({ batches: 0, cancelled: false }) });
    assert.equal(await dispatch(["-q", "generic", "--server", target], { ...io, out: full }), 1);
    assert.equal(io.errText(), "ipftrace: cannot write to standard output: ENOSPC: no space left\n");
  });
});
