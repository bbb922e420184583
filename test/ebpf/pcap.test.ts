import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type ClassicInstruction, classicLoops, classicReadsMetadata } from "../../src/ebpf/classic.js";
import { type LayeredProgram, translatePcap } from "../../src/ebpf/pcap.js";
import { packetViewLayout, VIEW_HEAD_BYTES, ViewLayer } from "../../src/ebpf/view.js";
import { runClassic } from "../pcap/classic-machine.js";
import { classicProgram } from "../pcap/classic-programs.js";
import { Memory, run } from "../pcap/machine.js";

const VIEW = 0x1000_0000n;
const PACKET = 0xffff_8880_0000_1000n;

/** What the translation says of a packet, given as the kernel gives it. */
function judge(program: LayeredProgram, layer: number, packet: Buffer, length: number): number {
  const view = Buffer.alloc(packetViewLayout.size);
  packet.copy(view, packetViewLayout.head, 0, Math.min(packet.length, VIEW_HEAD_BYTES));
  view.writeBigUInt64LE(PACKET, packetViewLayout.rest);
  view.writeUInt32LE(packet.length, packetViewLayout.captured);
  view.writeUInt32LE(length, packetViewLayout.length);
  view.writeUInt32LE(layer, packetViewLayout.layer);
  const memory = new Memory();
  memory.map(VIEW, view);
  memory.map(PACKET, packet);
  return Number(run(translatePcap(program), memory, VIEW));
}

const returns = (k: number): ClassicInstruction[] => [{ code: 0x06, jt: 0, jf: 0, k }];
const returnA: ClassicInstruction = { code: 0x16, jt: 0, jf: 0, k: 0 };
const jumpBack: ClassicInstruction = { code: 0x05, jt: 0, jf: 0, k: 0xffff_fff0 };

describe("translatePcap", () => {
  it("does to every packet what the classic machine does", () => {
    const packets = fc.uint8Array({ minLength: 1, maxLength: 100, size: "max" });
    fc.assert(
      fc.property(classicProgram, packets, fc.nat(1500), (classic, bytes, more) => {
        const packet = Buffer.from(bytes);
        const length = packet.length + more;
        const expected = runClassic(classic, { bytes: packet, length });
        assert.equal(judge({ ethernet: classic, network: undefined }, ViewLayer.ETHERNET, packet, length), expected);
      }),
      { numRuns: 3000 },
    );
  });

  it("loads to the last byte of the packet, and of the view's first bytes, and no further", () => {
    const bytes = Buffer.from(Array.from({ length: 72 }, (_, n) => 0x80 + n));
    for (let captured = 56; captured <= bytes.length; captured++) {
      const packet = bytes.subarray(0, captured);
      for (let offset = 52; offset < 72; offset++) {
        for (const size of [0x00, 0x08, 0x10]) {
          const direct = [{ code: 0x20 | size, jt: 0, jf: 0, k: offset }, returnA];
          const indirect = [
            { code: 0x01, jt: 0, jf: 0, k: 9 },
            { code: 0x40 | size, jt: 0, jf: 0, k: offset - 9 },
            returnA,
          ];
          for (const classic of [direct, indirect]) {
            const expected = runClassic(classic, { bytes: packet, length: captured });
            const judged = judge({ ethernet: classic, network: undefined }, ViewLayer.ETHERNET, packet, captured);
            assert.equal(judged, expected, `${JSON.stringify(classic)} of ${captured} bytes`);
          }
        }
      }
    }
  });

  for (const count of [0, 1, 31, 32, 33, 64, 0xffff_ffff]) {
    for (const [name, code] of [
      ["left", 0x60],
      ["right", 0x70],
    ] as const) {
      it(`shifts to the ${name} by ${count}, given in the instruction or in X`, () => {
        const load = { code: 0x00, jt: 0, jf: 0, k: 0x8765_4321 };
        const byNumber = [load, { code: code | 0x04, jt: 0, jf: 0, k: count }, returnA];
        const byX = [load, { code: 0x01, jt: 0, jf: 0, k: count }, { code: code | 0x0c, jt: 0, jf: 0, k: 0 }, returnA];
        for (const classic of [byNumber, byX]) {
          const expected = runClassic(classic, { bytes: Buffer.alloc(1), length: 1 });
          const judged = judge({ ethernet: classic, network: undefined }, ViewLayer.ETHERNET, Buffer.alloc(1), 1);
          assert.equal(judged, expected);
        }
      });
    }
  }

  const layers = [
    { layer: ViewLayer.ETHERNET, program: { ethernet: returns(7), network: returns(9) }, verdict: 7 },
    { layer: ViewLayer.NETWORK, program: { ethernet: returns(7), network: returns(9) }, verdict: 9 },
    { layer: ViewLayer.NONE, program: { ethernet: returns(7), network: returns(9) }, verdict: 0 },
    { layer: ViewLayer.NETWORK, program: { ethernet: returns(7), network: undefined }, verdict: 0 },
    { layer: ViewLayer.ETHERNET, program: { ethernet: undefined, network: returns(9) }, verdict: 0 },
  ];
  for (const { layer, program, verdict } of layers) {
    const given = Object.entries(program).filter(([, one]) => one !== undefined);
    it(`answers ${verdict} on layer ${layer} with a program for ${given.map(([name]) => name).join(" and ")}`, () => {
      assert.equal(judge(program, layer, Buffer.alloc(20), 20), verdict);
    });
  }

  const wrong: [what: string, program: ClassicInstruction[], says: RegExp][] = [
    ["that runs over its end", [{ code: 0x00, jt: 0, jf: 0, k: 1 }], /behind its end/],
    ["with an unknown load", [{ code: 0xe0, jt: 0, jf: 0, k: 1 }, ...returns(1)], /load/],
    ["with an unknown operation", [{ code: 0xf4, jt: 0, jf: 0, k: 1 }, ...returns(1)], /arithmetic/],
    ["with M[16]", [{ code: 0x02, jt: 0, jf: 0, k: 16 }, ...returns(1)], /M\[16\]/],
  ];
  for (const [what, program, says] of wrong) {
    it(`refuses a program ${what}`, () => {
      assert.throws(() => translatePcap({ ethernet: program, network: undefined }), says);
    });
  }
});

describe("what is not supported", () => {
  it("is known by a jump back, and by a load of metadata", () => {
    assert.equal(classicLoops([jumpBack, ...returns(1)]), true);
    assert.equal(classicLoops(returns(0xffff_ffff)), false);
    assert.equal(classicReadsMetadata([{ code: 0x28, jt: 0, jf: 0, k: 0xffff_f004 }, ...returns(1)]), true);
    assert.equal(classicReadsMetadata([{ code: 0x20, jt: 0, jf: 0, k: 0xffff_ef00 }, ...returns(1)]), false);
  });
});
