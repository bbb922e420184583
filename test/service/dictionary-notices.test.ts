import assert from "node:assert/strict";
import { test } from "node:test";
import { TraceResponse } from "../../src/gen/ipftrace/v1/trace_service.js";
import { dictionaryNotices } from "../../src/service/dictionary-notices.js";

/** What clients of gRPC take, unless they are told otherwise. */
const COMMON_LIMIT_BYTES = 4 * 1024 * 1024;
const LONG_NAME = "x".repeat(200);

const interfaces = Array.from({ length: 20_000 }, (_, n) => ({ netns: n, ifindex: 1, name: "interface-name0" }));
const stacks = Array.from({ length: 4096 }, (_, n) => ({ stackId: n + 1, frames: Array(127).fill(LONG_NAME) }));

test("a dictionary of any size comes in messages that clients take, whole and in order", () => {
  const notices = [...dictionaryNotices({ interfaces, stacks })];
  for (const event of notices) {
    const { length } = TraceResponse.encode({ ...TraceResponse.fromPartial({}), sequence: 1n, event }).finish();
    assert.ok(length < COMMON_LIMIT_BYTES, `${length} bytes`);
  }
  const told = notices.map((notice) => (notice.$case === "dictionary" ? notice.value : { interfaces: [], stacks: [] }));
  assert.deepEqual(
    told.flatMap((one) => one.interfaces),
    interfaces,
  );
  assert.deepEqual(
    told.flatMap((one) => one.stacks),
    stacks,
  );
});

test("an empty dictionary is no message", () => {
  assert.deepEqual([...dictionaryNotices({ interfaces: [], stacks: [] })], []);
});
