/** Classic programs of every instruction, most of which libpcap would never write so. */
import fc from "fast-check";
import type { ClassicInstruction } from "../../src/ebpf/classic.js";

const near = fc.oneof(
  fc.nat(90),
  fc.integer({ min: 58, max: 66 }),
  fc.constantFrom(0x7fff_ffff, 0x8000_0000, 0xffff_f004, 0xffff_ffff),
);
const value = fc.oneof(
  fc.nat(40),
  fc.integer({ min: 31, max: 33 }),
  fc.nat(0xffff_ffff),
  fc.constantFrom(0, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff),
);
const word = fc.nat(15);

function plain(codes: readonly number[], k: fc.Arbitrary<number>) {
  return fc.record({ code: fc.constantFrom(...codes), jt: fc.constant(0), jf: fc.constant(0), k });
}

const operations = [0x00, 0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0x90, 0xa0];
const conditions = [0x10, 0x20, 0x30, 0x40];

const instruction: fc.Arbitrary<ClassicInstruction> = fc.oneof(
  { weight: 4, arbitrary: plain([0x20, 0x28, 0x30, 0x40, 0x48, 0x50], near) },
  plain([0x00, 0x01], value),
  plain([0x80, 0x81], fc.constant(0)),
  plain([0xb1], near),
  plain([0x60, 0x61, 0x02, 0x03], word),
  {
    weight: 2,
    arbitrary: plain(
      operations.flatMap((operation) => [operation | 4, operation | 0xc]),
      value,
    ),
  },
  plain([0x84, 0x07, 0x87], fc.constant(0)),
  {
    weight: 3,
    arbitrary: fc.record({
      code: fc.constantFrom(...conditions.flatMap((condition) => [condition | 5, condition | 0xd])),
      jt: fc.nat(6),
      jf: fc.nat(6),
      k: value,
    }),
  },
  plain([0x05], fc.nat(6)),
  plain([0x06, 0x16], value),
);

/** A program that ends; jumps that would lead over its end lead to its last instruction. */
export const classicProgram: fc.Arbitrary<readonly ClassicInstruction[]> = fc
  .tuple(fc.array(instruction, { maxLength: 40, size: "max" }), plain([0x06, 0x16], value))
  .map(([body, last]) => {
    const within = (index: number, skip: number) => Math.min(skip, body.length - index - 1);
    const bounded = body.map((one, index) => {
      if ((one.code & 0x07) !== 0x05) return one;
      const k = (one.code & 0xf0) === 0 ? within(index, one.k) : one.k;
      return { ...one, jt: within(index, one.jt), jf: within(index, one.jf), k };
    });
    return [...bounded, last];
  });
