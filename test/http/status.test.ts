/** How a call's end is told: the table of the Connect protocol. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Metadata, status } from "@grpc/grpc-js";
import { IpftraceError } from "../../src/errors.js";
import { failureOf, headersOf } from "../../src/http/status.js";
import { toStatus } from "../../src/service/status.js";

/** https://connectrpc.com/docs/protocol#error-codes */
const table: [code: status, name: string, http: number][] = [
  [status.CANCELLED, "canceled", 499],
  [status.UNKNOWN, "unknown", 500],
  [status.INVALID_ARGUMENT, "invalid_argument", 400],
  [status.DEADLINE_EXCEEDED, "deadline_exceeded", 504],
  [status.NOT_FOUND, "not_found", 404],
  [status.ALREADY_EXISTS, "already_exists", 409],
  [status.PERMISSION_DENIED, "permission_denied", 403],
  [status.RESOURCE_EXHAUSTED, "resource_exhausted", 429],
  [status.FAILED_PRECONDITION, "failed_precondition", 400],
  [status.ABORTED, "aborted", 409],
  [status.OUT_OF_RANGE, "out_of_range", 400],
  [status.UNIMPLEMENTED, "unimplemented", 501],
  [status.INTERNAL, "internal", 500],
  [status.UNAVAILABLE, "unavailable", 503],
  [status.DATA_LOSS, "data_loss", 500],
  [status.UNAUTHENTICATED, "unauthenticated", 401],
];

describe("the end of a call", () => {
  for (const [code, name, http] of table) {
    it(`${status[code]} is ${name}, ${http}`, () => {
      const failure = failureOf({ code, details: "why" });
      assert.deepEqual(failure, { error: { code: name, message: "why" }, http, retryAfterS: undefined });
    });
  }

  it("has all codes of gRPC", () => {
    const codes = Object.values(status).filter((code) => typeof code === "number");
    assert.deepEqual([status.OK, ...table.map(([code]) => code)].sort(), codes.sort());
    assert.equal(failureOf({ code: status.OK, details: "" }), undefined);
  });

  it("has the details of gRPC's, for programs and for readers", () => {
    const violations = [{ field: "a.b[0]", description: "is ä" }];
    const failure = failureOf(toStatus(new IpftraceError("INVALID_INPUT", "a", { violations, retryAfterMs: 1500 })));
    assert.equal(failure?.retryAfterS, 2);
    const [badRequest, retry, info] = failure?.error.details ?? [];
    assert.deepEqual(badRequest?.debug, { fieldViolations: violations });
    assert.equal(Buffer.from(badRequest?.value ?? "", "base64").includes("is ä"), true);
    assert.doesNotMatch(badRequest?.value ?? "=", /=/);
    assert.deepEqual([retry?.type, retry?.debug], ["google.rpc.RetryInfo", { retryDelay: "1.5s" }]);
    assert.deepEqual(info?.debug, { reason: "INVALID_INPUT", domain: "ipftrace" });
  });

  it("leaves what is gRPC's own out of the headers", () => {
    const metadata = new Metadata();
    metadata.set("grpc-status-details-bin", Buffer.from("x"));
    metadata.set("x-request-id", "1");
    assert.deepEqual(headersOf(metadata), { "x-request-id": "1" });
  });
});
