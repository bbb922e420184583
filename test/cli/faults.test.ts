/** The faults of a request, as a server tells them, one line each. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { failWith } from "../../src/cli/exit.js";
import { IpftraceError } from "../../src/errors.js";
import { ListFunctionsRequest, TraceRequest } from "../../src/gen/ipftrace/v1/trace_service.js";
import { captureIo } from "./capture.js";

const INVALID_ARGUMENT = 3;

/** Members of a oneof, by the name that the generated code has for it. */
const ONEOFS: Readonly<Record<string, readonly string[]>> = { manifest_source: ["manifest", "manifest_name"] };

/** Names of the proto. */
function fieldsOf(message: object): readonly string[] {
  const names = Object.keys(message).map((key) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
  return names.flatMap((name) => ONEOFS[name] ?? [name]);
}

for (const field of new Set([...fieldsOf(TraceRequest.create()), ...fieldsOf(ListFunctionsRequest.create())])) {
  test(`a fault of ${field} is a line of its own, whatever comes before it`, () => {
    const violations = [
      { field: "filter.allow[0]", description: "is wrong; really: yes" },
      { field: `${field}.part[3]`, description: "is wrong, too" },
    ];
    const details = IpftraceError.invalid(violations).message;
    const io = captureIo();
    failWith(io, Object.assign(new Error(details), { code: INVALID_ARGUMENT, details }));
    assert.deepEqual(io.errText().trimEnd().split("\n"), [
      "ipftrace: filter.allow[0]: is wrong; really: yes",
      `ipftrace: ${field}.part[3]: is wrong, too`,
    ]);
  });
}
