import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { readCondition } from "../../src/expression/condition.js";
import { parse } from "../../src/expression/parse.js";
import { print } from "../../src/expression/print.js";
import { binaryLevels, type Node, unaryOperators } from "../../src/expression/syntax.js";
import { smallKernel } from "./kernel.js";

const place = { at: 0, end: 0 };

/** The tree without its places in the text. */
function bare(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(bare);
  if (typeof node !== "object" || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).flatMap(([key, value]) => (["at", "end", "nameAt"].includes(key) ? [] : [[key, bare(value)]])),
  );
}

const name = fc.constantFrom("skb", "len", "SKB_GSO_TCPV4", "_x", "dev2");
const number = fc.record({
  kind: fc.constant("number" as const),
  value: fc.bigInt({ min: 1n, max: (1n << 64n) - 1n }),
  isDecimal: fc.boolean(),
  suffix: fc.constantFrom("", "u", "l", "ul"),
  at: fc.constant(0),
  end: fc.constant(0),
});
const type = fc.constantFrom(
  { tag: "struct" as const, name: "tcphdr", pointers: 1 },
  { tag: "enum" as const, name: "e", pointers: 0 },
  { tag: undefined, name: "unsigned char", pointers: 1 },
  { tag: undefined, name: "u32", pointers: 0 },
  { tag: undefined, name: "anything", pointers: 2 },
);

const { tree } = fc.letrec<{ tree: Node }>((tie) => ({
  tree: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    number as fc.Arbitrary<Node>,
    name.map((text): Node => ({ kind: "name", name: text, ...place })),
    fc.string({ unit: "binary-ascii" }).map((value): Node => ({ kind: "string", value, ...place })),
    fc
      .tuple(tie("tree"), fc.constantFrom(...binaryLevels.flat()), tie("tree"))
      .map(([left, operator, right]): Node => ({ kind: "binary", operator, left, right, ...place })),
    fc
      .tuple(fc.constantFrom(...unaryOperators), tie("tree"))
      .map(([operator, of]): Node => ({ kind: "unary", operator, of, ...place })),
    fc
      .tuple(tie("tree"), name, fc.boolean())
      .map(([of, member, arrow]): Node => ({ kind: "member", of, name: member, nameAt: 0, arrow, ...place })),
    fc.tuple(tie("tree"), tie("tree")).map(([of, index]): Node => ({ kind: "index", of, index, ...place })),
    fc.tuple(name, tie("tree")).map(([called, operand]): Node => ({ kind: "call", name: called, operand, ...place })),
    fc.tuple(type, tie("tree")).map(([to, of]): Node => ({ kind: "cast", type: to, of, ...place })),
    fc
      .tuple(tie("tree"), tie("tree"), tie("tree"))
      .map(([condition, yes, no]): Node => ({ kind: "choice", condition, yes, no, ...place })),
  ),
}));

describe("parse", () => {
  it("reads what print writes as the same tree", () => {
    fc.assert(
      fc.property(tree, (node) => {
        const text = print(node);
        fc.pre(text.length <= 1024);
        assert.deepEqual(bare(parse(text)), bare(node), text);
        assert.equal(print(parse(text)), text);
      }),
      { numRuns: 2000 },
    );
  });

  it("refuses any text with a message, never with a defect", () => {
    const kernel = smallKernel();
    const words = fc.constantFrom(
      ..."skb -> . len dev ( ) [ ] 5 0x10 + - * / % == != < << && || ! ~ ? : 'a' \"t\" struct u32 = tcp_hdr @ \\".split(
        " ",
      ),
    );
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: "grapheme" }),
      fc.array(words).map((all) => all.join(" ")),
    );
    fc.assert(
      fc.property(text, (given) => {
        const compiled = readCondition(given, kernel);
        if ("error" in compiled) assert.match(compiled.error, /, at column \d+\n {2}.*\n {2} *\^+$/);
      }),
      { numRuns: 5000 },
    );
  });

  const readings: readonly [text: string, printed: string][] = [
    ["a||b&&c|d^e&f==g<h<<i+j*k", "a || b && c | d ^ e & f == g < h << i + j * k"],
    ["((((a||b)&&c)|d)^e)&f", "((((a || b) && c) | d) ^ e) & f"],
    ["a-b-c", "a - b - c"],
    ["a-(b-c)", "a - (b - c)"],
    ["-a->b.c[1]", "-a->b.c[1]"],
    ["(-a)[1]", "(-a)[1]"],
    ["!(a==b)", "!(a == b)"],
    ["- -5", "- -5"],
    ["(struct tcphdr*)a->b", "(struct tcphdr *)a->b"],
    ["((struct tcphdr*)a)->b", "((struct tcphdr *)a)->b"],
    ["( const  unsigned  char* ) a", "(unsigned char *)a"],
    ["(u32)-1", "(u32)-1"],
    ["(a)-1", "a - 1"],
    ["(nf_thing*)a", "(nf_thing *)a"],
    ["(a*b)", "a * b"],
    ["a?b:c?d:e", "a ? b : c ? d : e"],
    ["(a?b:c)?d:e", "(a ? b : c) ? d : e"],
    ["0X1F+017+0+'a'+'\\n'+'\\x41'", "0x1f + 0xf + 0 + 97 + 10 + 65"],
    ["1UL+2llu+3L", "1ul + 2ul + 3l"],
    ['"a\\"b\\\\c\\x07"', '"a\\"b\\\\c\\007"'],
  ];
  for (const [text, printed] of readings) {
    it(`reads ${text} as C does`, () => assert.equal(print(parse(text)), printed));
  }
});
