import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { HopFlag } from "../../src/decode/layout.js";
import * as record from "../../src/decode/record.js";
import { type RecordFields, writeRecord } from "../../src/decode/write-record.js";

/** A record with a value of its own in every field, 5 words into its buffer. */
const AT = 5;

function written(fields: Partial<RecordFields>): Uint32Array {
  const words = new Uint32Array(64).fill(0xffff_ffff);
  writeRecord(words, AT, { timeNs: 0, journey: 0, ...fields });
  return words;
}

const base = { low: 0, high: 0 };
const full: Partial<RecordFields> = {
  timeNs: 0x0000_0102_0304_0506n,
  journey: 0x0007_1111_2222_3333,
  skb: 0xffff_8881_0a0b_0c0dn,
  function: 77,
  length: 1514,
  ifindex: 0x8000_0001,
  netns: 4_026_531_840,
  stack: 4_194_304,
  location: 0x8123_4567,
  cpu: 0xfedc,
  end: 2,
  dropReason: 0x8001_0005,
  lost: 0xffff_fff0,
  flow: { parent: 0x0003_4444_5555_6666, link: 4, icmp: [0xee, 0xdd] },
};

type Case = [name: string, read: (words: Uint32Array) => number, expected: number];
const cases: Case[] = [
  ["time", (words) => record.timeOf(words, AT, base), 0x0000_0102_0304_0506],
  ["journey", (words) => record.journeyOf(words, AT), 0x0007_1111_2222_3333],
  ["link", (words) => record.linkOf(words, AT), 4],
  ["parent", (words) => record.parentOf(words, AT), 0x0003_4444_5555_6666],
  ["sk_buff, lower half", (words) => record.skbLowOf(words, AT), 0x0a0b_0c0d],
  ["sk_buff, upper half", (words) => record.skbHighOf(words, AT), 0xffff_8881],
  ["function", (words) => record.functionOf(words, AT), 77],
  ["length", (words) => record.lengthOf(words, AT), 1514],
  ["ifindex", (words) => record.ifindexOf(words, AT), 0x8000_0001],
  ["netns", (words) => record.netnsOf(words, AT), 4_026_531_840],
  ["stack", (words) => record.stackOf(words, AT), 4_194_304],
  ["location", (words) => record.locationOf(words, AT), 0x8123_4567],
  ["cpu", (words) => record.cpuOf(words, AT), 0xfedc],
  ["flags", (words) => record.flagsOf(words, AT), HopFlag.ROW | HopFlag.FLOW | HopFlag.END],
  ["end reason", (words) => record.endReasonOf(words, AT), 2],
  ["drop reason", (words) => record.dropReasonOf(words, AT), 0x8001_0005],
  ["lost", (words) => record.lostOf(words, AT), 0xffff_fff0],
];

describe("record", () => {
  for (const [name, read, expected] of cases) {
    it(`${name} is read from its own place`, () => {
      assert.equal(read(written(full)), expected);
      assert.equal(read(written({ isRow: false, flow: {} })), name === "flags" ? HopFlag.FLOW : 0);
    });
  }

  it("journeys are exact to 2^53 - 1", () => {
    for (const journey of [1, 2 ** 32 - 1, 2 ** 32, 2 ** 40 + 1, Number.MAX_SAFE_INTEGER]) {
      assert.equal(record.journeyOf(written({ journey }), AT), journey);
    }
  });

  it("an instruction pointer keeps its low 53 bits", () => {
    const words = written({ function: 0xffff_ffff_8123_4567n });
    assert.equal(record.functionOf(words, AT), Number(0xffff_ffff_8123_4567n & 0x1f_ffff_ffff_ffffn));
  });

  it("times are counted from the base, in both directions, exactly", () => {
    const halfYearNs = 2n ** 53n;
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 2n ** 63n }),
        fc.bigInt({ min: -halfYearNs + 1n, max: halfYearNs - 1n }),
        (baseNs, difference) => {
          fc.pre(baseNs + difference >= 0n);
          const words = written({ timeNs: baseNs + difference });
          assert.equal(record.timeOf(words, AT, record.timeBase(baseNs)), Number(difference));
        },
      ),
    );
  });
});

describe("isWhole", () => {
  const sizes: [what: string, fields: Partial<RecordFields>, bytes: number, isWhole: boolean][] = [
    ["a hop alone", {}, 64, true],
    ["a hop with its flow", { flow: {} }, 144, true],
    ["a hop whose flow is missing", { flow: {} }, 64, false],
    ["a hop with a flow that its flags do not tell", {}, 144, false],
    ["a hop cut off", {}, 60, false],
    ["a hop and a part of its flow", { flow: {} }, 140, false],
    ["nothing", {}, 0, false],
    ["a hop with the block of the modules", { custom: Buffer.alloc(24) }, 88, true],
    ["a hop with its flow and the block", { flow: {}, custom: Buffer.alloc(24) }, 168, true],
    ["a hop whose block is missing", { custom: Buffer.alloc(24) }, 64, false],
    ["a hop with a block that its flags do not tell", {}, 88, false],
  ];
  for (const [what, fields, bytes, expected] of sizes) {
    it(`${what}: ${expected}`, () => assert.equal(record.isWhole(written(fields), AT, bytes, 24), expected));
  }
});
