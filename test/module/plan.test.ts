import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CustomKind } from "../../src/gen/ipftrace/v1/custom.js";
import { kindWord } from "../../src/module/kinds.js";
import { parseModule } from "../../src/module/load.js";
import { type Plan, planModules } from "../../src/module/plan.js";
import { smallKernel } from "../expression/kernel.js";

const kernel = smallKernel();

function planned(...texts: string[]): Plan {
  const modules = texts.map((text, n) => ({ path: `modules[${n}]`, module: parseModule(text, `m${n}.yaml`).module }));
  const plan = planModules(kernel, modules);
  assert.ok(!("violations" in plan), JSON.stringify("violations" in plan ? plan.violations : []));
  return plan;
}

describe("kinds follow from the kernel's types", () => {
  const cases: [fields: string, kind: string, form: string, bytes: number][] = [
    ["read: skb->len", "unsigned", "unsigned", 4],
    ["read: skb->dev->ifindex", "signed", "signed", 4],
    ["read: skb->dev->up", "bool", "unsigned", 1],
    ["read: skb->len > 5", "bool", "unsigned", 4],
    ["read: skb->stamp", "unsigned", "unsigned", 8],
    ["read: skb->trust", "signed", "signed", 1],
    ["read: skb->dev->name", "string", "text", 16],
    ["read: skb->dev->alias", "string", "text", 32],
    ["read: skb->cb", "bytes", "bytes", 48],
    ["read: 'skb->cb[3]'", "unsigned", "unsigned", 1],
    ["read: skb->kind", "enum", "unsigned", 4],
    ["read: skb->pkt_type", "unsigned", "unsigned", 1],
    ["read: skb->level", "signed", "signed", 4],
    ["read: skb->protocol", "unsigned", "unsigned", 2],
    ["read: skb->len, names_from: 'SKB_GSO_*'", "flags", "unsigned", 4],
    ["read: skb->len, names_from: pkt_kind", "enum", "unsigned", 4],
    ["read: skb->len, kind: hex", "hex", "unsigned", 4],
    ["read: skb->len, kind: ip", "ip", "bytes", 4],
    ["read: skb->len, kind: big-endian", "unsigned", "unsigned", 4],
    ["read: skb->dev->dev_addr, kind: mac", "mac", "bytes", 6],
    ["read: skb->len, kind: bytes", "bytes", "bytes", 4],
    ["read: skb->len & 255, kind: bytes", "bytes", "bytes", 4],
    ["read: skb->head, kind: string", "string", "text", 32],
    ["read: skb->nfct->status", "unsigned", "unsigned", 8],
  ];
  for (const [fields, kind, form, bytes] of cases) {
    it(fields, () => {
      const plan = planned(`fields: [{name: a, ${fields}}]`);
      const [field] = plan.schemas[0]?.fields ?? [];
      assert.equal(kindWord(field?.kind ?? 0), kind);
      assert.deepEqual(plan.fields, [{ fieldId: 1, at: 8, bytes, form }]);
    });
  }

  it("names come in the order of their values, each with its mask", () => {
    const plan = planned("fields: [{name: a, read: skb->len, names_from: 'SKB_GSO_*'}]");
    assert.deepEqual(plan.schemas[0]?.fields[0]?.names, [
      { value: 1n, name: "SKB_GSO_TCPV4" },
      { value: 2n, name: "SKB_GSO_DODGY" },
      { value: 16n, name: "SKB_GSO_TCPV6" },
    ]);
  });
});

describe("planModules", () => {
  it("numbers fields over all modules and aligns numbers", () => {
    const plan = planned(
      "name: one\nfields: [{name: a, read: skb->pkt_type}, {name: b, read: skb->len}, {name: c, read: skb->protocol}]",
      "name: two\nfields: [{name: a, read: skb->stamp}]",
    );
    assert.deepEqual(
      plan.schemas.map(({ schemaId, name, fields }) => [schemaId, name, fields.map(({ fieldId }) => fieldId)]),
      [
        [1, "one", [1, 2, 3]],
        [2, "two", [4]],
      ],
    );
    assert.deepEqual(
      plan.fields.map(({ at }) => at),
      [8, 12, 16, 24],
    );
    assert.equal(plan.bytes, 32);
  });

  it("takes the first path that this kernel has", () => {
    const plan = planned("fields: [{name: a, read: [skb->old_name, skb->len]}]");
    assert.equal(plan.schemas[0]?.fields[0]?.absentReason, "");
    assert.equal(plan.fields.length, 1);
  });

  it("leaves an optional field out, and says why", () => {
    const plan = planned(
      "fields: [{name: a, read: [skb->gone, skb->also_gone], optional: true}, {name: b, read: skb->len}]",
    );
    const [a, b] = plan.schemas[0]?.fields ?? [];
    assert.match(a?.absentReason ?? "", /^struct sk_buff has no member "gone", at column 6$/);
    assert.equal(a?.kind, CustomKind.CUSTOM_KIND_UNSPECIFIED);
    assert.equal(b?.fieldId, 2);
    assert.deepEqual(
      plan.fields.map(({ fieldId }) => fieldId),
      [2],
    );
  });

  it("collects nothing where every field is left out", () => {
    const plan = planned("fields: [{name: a, read: skb->gone, optional: true}]");
    assert.equal(plan.bytes, 0);
  });
});
