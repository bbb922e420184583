import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { status } from "@grpc/grpc-js";
import { type Code, codes, IpftraceError } from "../../src/errors.js";
import { Manifest } from "../../src/gen/ipftrace/v1/manifest.js";
import { TraceRequest } from "../../src/gen/ipftrace/v1/trace_service.js";
import { checkRequest } from "../../src/service/request.js";
import { toStatus } from "../../src/service/status.js";

/** A protobuf field: its number, and its varint or its bytes. */
type Field = [number: number, value: number | Buffer];

/** Reads a message that has only varints and fields with a length, by hand: protobuf.dev, "Encoding". */
function fields(bytes: Buffer): Field[] {
  const found: Field[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes.readUInt8(at++);
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const key = varint();
    const value = varint();
    if ((key & 7) === 0) found.push([key >>> 3, value]);
    else {
      assert.equal(key & 7, 2);
      assert.ok(at + value <= bytes.length);
      found.push([key >>> 3, bytes.subarray(at, at + value)]);
      at += value;
    }
  }
  return found;
}

/** The texts of a message's fields. */
function texts(bytes: Buffer): [number, string | number][] {
  return fields(bytes).map(([number, value]) => [number, typeof value === "number" ? value : value.toString("utf8")]);
}

function detailsOf(error: unknown): Buffer | undefined {
  const [value] = toStatus(error).metadata.get("grpc-status-details-bin");
  return value as Buffer | undefined;
}

/** The details of an error: the name of each, and the texts in it. */
function partsOf(error: unknown): [string, [number, string | number][]][] {
  const anys = fields(detailsOf(error) ?? Buffer.alloc(0)).slice(2);
  return anys.map(([, any]) => {
    const [type, value] = fields(any as Buffer);
    return [String(type?.[1]).replace("type.googleapis.com/google.rpc.", ""), texts(value?.[1] as Buffer)];
  });
}

const expected: Record<Code, status> = {
  INVALID_INPUT: status.INVALID_ARGUMENT,
  NOT_FOUND: status.NOT_FOUND,
  ALREADY_EXISTS: status.ALREADY_EXISTS,
  OUT_OF_RANGE: status.OUT_OF_RANGE,
  TIMED_OUT: status.DEADLINE_EXCEEDED,
  KERNEL_UNSUPPORTED: status.FAILED_PRECONDITION,
  NOT_PERMITTED: status.FAILED_PRECONDITION,
  UNAUTHENTICATED: status.UNAUTHENTICATED,
  FORBIDDEN: status.PERMISSION_DENIED,
  ATTACH_FAILED: status.FAILED_PRECONDITION,
  LIMIT_REACHED: status.RESOURCE_EXHAUSTED,
  UNAVAILABLE: status.UNAVAILABLE,
};

describe("toStatus", () => {
  for (const code of codes) {
    it(`${code} becomes ${status[expected[code]]} with its message`, () => {
      const { code: number, details } = toStatus(new IpftraceError(code, "why, and what to do"));
      assert.equal(number, expected[code]);
      assert.equal(details, "why, and what to do");
      assert.deepEqual(partsOf(new IpftraceError(code, "why")), [
        [
          "ErrorInfo",
          [
            [1, code],
            [2, "ipftrace"],
          ],
        ],
      ]);
    });
  }

  for (const [what, reason] of [
    ["an Error", new Error("ENOENT: /root/secret")],
    ["a TypeError", new TypeError("x is not a function at /root/secret.js")],
    [
      "an error that only looks like ours",
      Object.assign(new Error("/root/secret"), { code: "NOT_FOUND", violations: [] }),
    ],
    ["a text", "/root/secret"],
    ["nothing", undefined],
  ] as const) {
    it(`${what} becomes INTERNAL, and its text stays here`, () => {
      const answer = toStatus(reason);
      assert.equal(answer.code, status.INTERNAL);
      assert.equal(answer.details, "internal error");
      assert.deepEqual(answer.metadata.getMap(), {});
    });
  }

  it("violations travel as google.rpc.Status with one google.rpc.BadRequest", () => {
    const violations = [
      { field: "filter.allow[0].source_ipv4[0]", description: '"10.0.0.256" is not an address' },
      { field: "options.max_hops", description: `größer als ${"9".repeat(200)}` },
    ];
    const error = IpftraceError.invalid(violations);
    const details = detailsOf(error);
    assert.ok(details !== undefined);
    const [code, message, any, ...more] = fields(details);
    assert.deepEqual(more.length, 1);
    assert.deepEqual(code, [1, 3]);
    assert.deepEqual(message, [2, Buffer.from(error.message)]);
    assert.equal(any?.[0], 3);
    const [type, badRequest] = fields(any?.[1] as Buffer);
    assert.deepEqual(type, [1, Buffer.from("type.googleapis.com/google.rpc.BadRequest")]);
    assert.equal(badRequest?.[0], 2);
    const read = fields(badRequest?.[1] as Buffer).map(([number, value]) => [number, texts(value as Buffer)]);
    assert.deepEqual(
      read,
      violations.map(({ field, description }) => [
        1,
        [
          [1, field],
          [2, description],
        ],
      ]),
    );
  });

  it("stays within the 8 KiB of trailers that clients commonly accept, however much is wrong", () => {
    const functions = Array.from({ length: 4000 }, () => ({ name: "\u{1f984} ".repeat(500), skbPosition: 99 }));
    const request = TraceRequest.fromPartial({
      filter: { allow: [{ sourceIpv4: Array.from({ length: 1000 }, () => "\u{1f984}".repeat(500)) }] },
      options: {
        maxHops: 99_999,
        ringBytes: 3n,
        batchJourneys: 99_999,
        trackingEntries: 2 ** 31,
        queueBytes: 2n ** 60n,
      },
      manifestSource: { $case: "manifest", value: Manifest.fromPartial({ groups: [{ functions }] }) },
      moduleNames: ["x"],
    });
    let bytes = 0;
    try {
      checkRequest(request);
    } catch (error) {
      const { details, metadata } = toStatus(error);
      const [value] = metadata.get("grpc-status-details-bin");
      // As grpc-js sends them: the message percent-encoded, the details in base64.
      bytes = encodeURI(details).length + Math.ceil((value as Buffer).length / 3) * 4;
    }
    assert.ok(bytes > 0 && bytes < 8000, `${bytes} bytes`);
  });
});
