import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TraceResponse } from "../../src/gen/ipftrace/v1/trace_service.js";
import { ResponseEncoder } from "../../src/service/responses.js";
import { batchOf } from "./fake-collector.js";

describe("ResponseEncoder", () => {
  it("numbers all messages of a stream from 1, without gaps", () => {
    const encoder = new ResponseEncoder();
    const messages = [
      encoder.notice({ $case: "attachProgress", value: { attached: 1, total: 2 } }),
      encoder.batch(batchOf([1]).bytes),
      encoder.notice({ $case: "loss", value: { stages: [] } }),
      encoder.batch(batchOf([2]).bytes),
    ].map((bytes) => TraceResponse.decode(bytes));
    assert.deepEqual(
      messages.map(({ sequence, event }) => [sequence, event?.$case]),
      [
        [1n, "attachProgress"],
        [2n, "batch"],
        [3n, "loss"],
        [4n, "batch"],
      ],
    );
  });

  it("counts beyond one byte", () => {
    const encoder = new ResponseEncoder();
    let last = Buffer.alloc(0);
    for (let i = 0; i < 20_000; i++) last = Buffer.from(encoder.batch(new Uint8Array(0)));
    assert.equal(TraceResponse.decode(last).sequence, 20_000n);
  });

  // The batch's length takes one, two and three bytes.
  for (const padding of [0, 90, 200, 20_000]) {
    it(`frames a batch of journeys with ${padding} bytes apiece so that the generated code reads it`, () => {
      const { event } = TraceResponse.decode(new ResponseEncoder().batch(batchOf([7, 8], padding).bytes));
      assert.ok(event?.$case === "batch");
      assert.deepEqual(
        event.value.journeys.map(({ journeyId }) => journeyId),
        [7n, 8n],
      );
      assert.equal(event.value.journeys[1]?.hops[0]?.function.length ?? 0, padding);
    });
  }
});
