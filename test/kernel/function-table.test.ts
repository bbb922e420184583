import assert from "node:assert/strict";
import { Catalog } from "../../src/kernel/catalog.js";
import { kernelTest, whyNoBtf } from "../helpers/require-kernel.js";

kernelTest("the running kernel's functions are found one by one as well as all at once", whyNoBtf, () => {
  const single = new Catalog().functions();
  const whole = new Catalog().functions();
  const names = whole.skbFunctions();
  assert.ok(names.length > 500, `${names.length} functions`);
  assert.deepEqual(names, [...new Set(names)].sort());
  const samples = names.filter((_, index) => index % 50 === 0);
  for (const name of ["ip_rcv", "ip_output", ...samples]) {
    // A static function that exists twice may have two positions: neither is asked for.
    if ((whole.probeable()?.count(name) ?? 0) < 2)
      assert.equal(single.skbPosition(name), whole.skbPosition(name), name);
  }
  assert.equal(single.skbPosition("ip_output"), 3);
  assert.equal(single.skbPosition("__alloc_skb"), 0);
  assert.equal(single.skbPosition("no_such_function"), undefined);
});

kernelTest("the table is the same until modules come or go", whyNoBtf, () => {
  const catalog = new Catalog();
  assert.equal(catalog.functions(), catalog.functions());
});

kernelTest("tracepoints are sorted, and tell the module that holds them", whyNoBtf, () => {
  const table = new Catalog().functions();
  const names = table.tracepoints().map(({ name }) => name);
  assert.deepEqual(names, [...names].sort());
  assert.equal(table.tracepoint("kfree_skb")?.module, "vmlinux");
  assert.equal(table.tracepoint("sched_switch"), undefined);
});
