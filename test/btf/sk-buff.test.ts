import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Btf, Kind } from "../../src/btf/btf.js";
import { functionPosition, skbFunctions, skbTracepoints, tracepointArgumentCount } from "../../src/btf/sk-buff.js";
import { BtfBuilder } from "./builder.js";

/** Types that a test's functions may have as arguments. */
interface Types {
  readonly int: number;
  readonly skb: number;
  readonly skbItself: number;
  readonly toInt: number;
}

function table(add: (builder: BtfBuilder, types: Types) => void): Btf {
  const builder = new BtfBuilder();
  const int = builder.int("int");
  const skbItself = builder.items(Kind.STRUCT, "sk_buff", 4, [["len", int, 0]]);
  add(builder, { int, skbItself, skb: builder.pointer(skbItself), toInt: builder.pointer(int) });
  return new Btf(builder.bytes());
}

/** Arguments of a function, and the position that is expected; 0 for none. */
const cases: [what: string, args: (types: Types, builder: BtfBuilder) => number[], position: number][] = [
  ["no argument at all", () => [], 0],
  ["the only argument", ({ skb }) => [skb], 1],
  ["the third argument", ({ skb, int, toInt }) => [int, toInt, skb], 3],
  ["the fifth argument", ({ skb, int }) => [int, int, int, int, skb], 5],
  ["the sixth argument, which is in no register", ({ skb, int }) => [int, int, int, int, int, skb], 0],
  ["the first of two", ({ skb, int }) => [int, skb, skb], 2],
  ["other pointers", ({ toInt }) => [toInt, toInt], 0],
  ["an sk_buff by value", ({ skbItself }) => [skbItself], 0],
  ["a pointer to a pointer to an sk_buff", ({ skb }, builder) => [builder.pointer(skb)], 0],
  ["const struct sk_buff *", ({ skbItself }, builder) => [builder.pointer(builder.type(Kind.CONST, "", skbItself))], 1],
  ["struct sk_buff *const", ({ skb }, builder) => [builder.type(Kind.CONST, "", skb)], 1],
  [
    "struct sk_buff __rcu *, told by a type tag",
    ({ skbItself }, builder) => [builder.pointer(builder.type(Kind.TYPE_TAG, "rcu", skbItself))],
    1,
  ],
  ["a typedef of the pointer", ({ skb }, builder) => [builder.type(Kind.TYPEDEF, "skb_ref", skb)], 1],
  [
    "a pointer to a typedef of the struct",
    ({ skbItself }, builder) => [builder.pointer(builder.type(Kind.TYPEDEF, "skb_t", skbItself))],
    1,
  ],
  [
    "a struct of which there is but a forward declaration",
    (_, builder) => [builder.pointer(builder.type(Kind.FWD, "sk_buff", 0))],
    1,
  ],
  [
    "a struct whose name only begins so",
    (_, builder) => [builder.pointer(builder.items(Kind.STRUCT, "sk_buff_head", 4, []))],
    0,
  ],
  ["a union of that name", (_, builder) => [builder.pointer(builder.items(Kind.UNION, "sk_buff", 4, []))], 0],
  [
    "a pointer to a qualifier that comes behind it",
    ({ skbItself, toInt }, builder) => {
      const pointer = builder.pointer(toInt + 2);
      builder.type(Kind.CONST, "", skbItself);
      return [pointer];
    },
    1,
  ],
  ["void *", (_, builder) => [builder.pointer(0)], 0],
];

describe("positions of the sk_buff argument", () => {
  for (const [what, args, position] of cases) {
    it(`${what}: ${position === 0 ? "none" : position}`, () => {
      const btf = table((builder, types) => builder.func("f", ...args(types, builder)));
      assert.equal(functionPosition(btf, "f"), position);
      assert.deepEqual([...skbFunctions(btf)], position === 0 ? [] : [["f", position]]);
    });
  }

  it("functions that share a prototype each have theirs", () => {
    const btf = table((builder, { int, skb }) => {
      const prototype = builder.prototype(int, skb);
      builder.type(Kind.FUNC, "one", prototype);
      builder.type(Kind.FUNC, "two", prototype);
      builder.func("three", int);
    });
    const expected: [string, number][] = [
      ["one", 2],
      ["two", 2],
    ];
    assert.deepEqual([...skbFunctions(btf)], expected);
    assert.equal(functionPosition(btf, "two"), 2);
  });

  it("the preferred one of several is taken, where it is a packet's", () => {
    const btf = table((builder, { int, skb }) => builder.func("f", skb, int, skb, skb));
    const taken: [preferred: number, position: number][] = [
      [0, 1],
      [1, 1],
      [2, 1],
      [3, 3],
      [4, 4],
      [5, 1],
      [6, 1],
    ];
    for (const [preferred, position] of taken) assert.equal(functionPosition(btf, "f", preferred), position);
  });

  it("a function that BTF does not describe has no position at all", () => {
    const btf = table((builder, { skb }) => builder.func("f", skb));
    assert.equal(functionPosition(btf, "g"), undefined);
    assert.equal(functionPosition(btf, "sk_buff"), undefined);
  });
});

describe("tracepoints with an sk_buff", () => {
  it("are found by their typedefs, sorted; positions do not count the tracing core's own argument", () => {
    const btf = table((builder, { int, skb }) => {
      builder.tracepoint("netif_rx", skb);
      builder.tracepoint("kfree_skb", skb, int, int);
      builder.tracepoint("fib_table_lookup", int, int);
      builder.tracepoint("last", int, int, int, int, skb);
      builder.tracepoint("beyond", int, int, int, int, int, skb);
      builder.type(Kind.TYPEDEF, "not_btf_trace_x", skb);
      builder.type(Kind.TYPEDEF, "btf_trace_no_prototype", skb);
    });
    assert.deepEqual(skbTracepoints(btf), [
      { name: "kfree_skb", position: 1, argumentCount: 3 },
      { name: "last", position: 5, argumentCount: 5 },
      { name: "netif_rx", position: 1, argumentCount: 1 },
    ]);
  });

  it("that have none are none", () => {
    assert.deepEqual(skbTracepoints(table((builder, { int }) => builder.tracepoint("cpu_idle", int))), []);
  });

  it("tell their number of arguments, also those without an sk_buff", () => {
    const btf = table((builder, { int, skb }) => {
      builder.tracepoint("kfree_skb", skb, int);
      builder.tracepoint("tick", int);
    });
    assert.equal(tracepointArgumentCount(btf, "kfree_skb"), 2);
    assert.equal(tracepointArgumentCount(btf, "tick"), 1);
    assert.equal(tracepointArgumentCount(btf, "consume_skb"), undefined);
    assert.equal(tracepointArgumentCount(btf, "kfree"), undefined);
  });
});
