import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { customReader } from "../../src/client/custom-values.js";
import { CustomField, CustomKind, CustomSchema, type CustomValue } from "../../src/gen/ipftrace/v1/custom.js";
import { address, gso, gsoSchema } from "./fixtures.js";

type Value = NonNullable<CustomValue["value"]>;
const unsigned = (value: bigint): Value => ({ $case: "unsignedValue", value });
const bytes = (value: Buffer | string): Value => ({ $case: "bytesValue", value: Buffer.from(value as string) });

function read(kind: CustomKind, value: Value, names: CustomField["names"] = []) {
  const field = { ...CustomField.fromPartial({ fieldId: 1, name: "f" }), kind, names };
  const reader = customReader([{ ...CustomSchema.fromPartial({ name: "m" }), fields: [field] }]);
  const values = [{ fieldId: 1, value }];
  return { text: reader?.text(values), json: reader?.json(values)["f"] };
}

const flags = gsoSchema.fields[3]?.names ?? [];

describe("custom values by kind", () => {
  const cases = [
    { name: "UNSIGNED", value: unsigned(2n ** 64n - 1n), text: "18446744073709551615" },
    { name: "SIGNED", value: { $case: "signedValue", value: -5n } as const, text: "-5" },
    { name: "BOOL", value: unsigned(1n), text: "true", json: true },
    { name: "HEX", value: unsigned(255n), text: "0xff" },
    { name: "ENUM", value: unsigned(16n), names: flags, text: "SKB_GSO_TCPV6" },
    { name: "ENUM", value: unsigned(7n), names: flags, text: "7" },
    { name: "FLAGS", value: unsigned(0x12n), names: flags, text: "SKB_GSO_DODGY|SKB_GSO_TCPV6" },
    { name: "FLAGS", value: unsigned(0n), names: flags, text: "" },
    { name: "FLAGS", value: unsigned(0x40001n), names: flags, text: "SKB_GSO_TCPV4|0x40000" },
    { name: "STRING", value: bytes("eth0\0junk"), text: "eth0" },
    { name: "STRING", value: bytes("a\x1b[2Jb\n"), text: "a\\x1b[2Jb\\x0a", json: "a\x1b[2Jb\n" },
    { name: "BYTES", value: bytes(Buffer.from([0, 255])), text: "00ff" },
    { name: "IP", value: bytes(address("fc00::1")), text: "fc00::1" },
    { name: "MAC", value: bytes(Buffer.from([2, 0, 0, 0, 0, 10])), text: "02:00:00:00:00:0a" },
  ] as const;
  for (const { name, value, text, ...more } of cases) {
    test(`${name} ${JSON.stringify(text)}`, () => {
      const names = "names" in more ? more.names : [];
      const result = read(CustomKind[`CUSTOM_KIND_${name}`], value, [...names]);
      assert.equal(result.text, `(f: ${text})`);
      assert.equal(result.json, "json" in more ? more.json : text);
    });
  }
});

test("without a module there is no reader", () => assert.equal(customReader([]), undefined));

test("a field that could not be read is a question mark, and absent in JSON", () => {
  const reader = customReader([gsoSchema]);
  const values = gso(2101n, 1448n);
  assert.equal(reader?.text(values), "(len: 2101 gso_size: 1448 gso_segs: ? gso_type: ?)");
  assert.deepEqual(reader?.json(values), { len: "2101", gso_size: "1448" });
});

test("fields of two modules with one name are told apart", () => {
  const fields = gsoSchema.fields.slice(0, 1).map((field) => ({ ...field, fieldId: 9 }));
  const reader = customReader([gsoSchema, { ...gsoSchema, name: "other", fields }]);
  const values = [...gso(1n, 2n, 3n, 0n), { fieldId: 9, value: unsigned(7n) }];
  assert.equal(reader?.text(values), "(len: 1 gso_size: 2 gso_segs: 3 gso_type: ) (len: 7)");
  const json = reader?.json(values);
  assert.deepEqual(json, { "gso.len": "1", gso_size: "2", gso_segs: "3", gso_type: "", "other.len": "7" });
});
