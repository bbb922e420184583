import assert from "node:assert/strict";
import { it } from "node:test";
import { Btf, Kind } from "../../src/btf/btf.js";
import { linksTellMissed } from "../../src/kernel/missed-probes.js";
import { BtfBuilder } from "../btf/builder.js";

/** The kernel's types as they were before Linux 6.6, in 6.6, and since 6.7. */
const kernels: [line: string, members: string[] | undefined, tells: boolean][] = [
  ["6.1", undefined, false],
  ["6.6", ["addrs", "count", "flags"], false],
  ["6.7", ["addrs", "count", "flags", "missed"], true],
];

for (const [line, members, tells] of kernels) {
  it(`knows whether links tell what they missed, by the types of Linux ${line}`, () => {
    const builder = new BtfBuilder();
    const multi = builder.items(
      Kind.STRUCT,
      "",
      40,
      (members ?? []).map((name, n) => [name, 0, n * 64]),
    );
    const union = builder.items(Kind.UNION, "", 40, members === undefined ? [] : [["kprobe_multi", multi, 0]]);
    builder.items(Kind.STRUCT, "bpf_link_info", 56, [["", union, 128]]);
    assert.equal(linksTellMissed(new Btf(builder.bytes())), tells);
  });
}
