import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { IpftraceError } from "../../src/errors.js";
import { CustomKind, type Module } from "../../src/gen/ipftrace/v1/custom.js";
import { Filter } from "../../src/gen/ipftrace/v1/filter.js";
import { TraceRequest } from "../../src/gen/ipftrace/v1/trace_service.js";
import { leastAccess } from "../../src/service/access.js";
import { checkRequest } from "../../src/service/request.js";

type Fields = Partial<Parameters<typeof Module.fromPartial>[0]>;

function withModule(module: Fields): TraceRequest {
  return TraceRequest.fromPartial({ modules: [{ name: "m", ...module }] });
}

const field = { name: "f", read: "skb->len" };
const mandatory = { filter: Filter.fromPartial({}), key: "x" };

describe("what a reader's request may read", () => {
  it("are members that everybody may see, and whatever is installed", () => {
    checkRequest(TraceRequest.fromPartial({ filter: { whereExpression: "skb->len > 9" } }));
    checkRequest(withModule({ fields: [field], match: 'skb->dev->name == "lo"' }));
    checkRequest(TraceRequest.fromPartial({ moduleNames: ["route", "ct"] }));
  });

  const refused: [what: string, request: TraceRequest, said: RegExp][] = [
    [
      "an address in a condition",
      TraceRequest.fromPartial({ filter: { whereExpression: "skb->len && skb->dev > 9" } }),
      /^filter\.where_expression: it reads "skb->dev", which may hold addresses .*: that is for operators/,
    ],
    [
      "bytes",
      withModule({ fields: [{ ...field, kind: CustomKind.CUSTOM_KIND_BYTES }] }),
      /^modules\[0\]\.fields\[0\]: its kind is bytes/,
    ],
    [
      "the packet's data as text",
      withModule({ fields: [{ ...field, kind: CustomKind.CUSTOM_KIND_STRING, read: "skb->data" }] }),
      /fields\[0\]\.read: it reads "skb->data"/,
    ],
    ["an address", withModule({ fields: [{ ...field, read: "(unsigned long)skb->dev" }] }), /fields\[0\]\.read/],
    [
      "one in an alternative",
      withModule({ fields: [{ ...field, alternatives: ["skb->_nfct"] }] }),
      /alternatives\[0\]: it reads "skb->_nfct"/,
    ],
    ["one in a module's condition", withModule({ fields: [field], match: "skb->sk > 9" }), /^modules\[0\]\.match/],
  ];
  for (const [what, request, said] of refused) {
    it(`is not ${what}, which operators may read that see every packet`, () => {
      for (const access of [leastAccess, { ...leastAccess, role: "admin", mandatory } as const]) {
        assert.throws(
          () => checkRequest(request, access),
          (error) => error instanceof IpftraceError && error.code === "FORBIDDEN" && said.test(error.message),
        );
      }
      checkRequest(request, { ...leastAccess, role: "operator" });
    });
  }

  it("is told as wrong where it is no expression", () => {
    const asked = TraceRequest.fromPartial({ filter: { whereExpression: "skb->" } });
    assert.equal(checkRequest(asked).spec.whereExpression, "skb->");
  });
});
