import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Log, lastWords, verdict } from "../../src/kernel/log.js";

/** As libbpf prints it of a program that the verifier of Linux 6.18 refuses, shortened. */
const refused: Log = {
  lines: [
    "libbpf: prog 'slot_00': BPF program load failed: Permission denied",
    "libbpf: prog 'slot_00': -- BEGIN PROG LOAD LOG --",
    "0: R1=ctx() R10=fp0",
    "; values->a = 1; @ mine.bpf.c:12",
    "481: (63) *(u32 *)(r2 +400) = r1     ; R1=1 R2=mem(imm=8,sz=96)",
    "from 12 to 20: R0=0",
    "R2 min value is outside of the allowed memory range",
    "processed 438 insns (limit 1000000) max_states_per_insn 1 total_states 30 peak_states 30 mark_read 8",
    "-- END PROG LOAD LOG --",
    "libbpf: prog 'slot_00': failed to load: -13",
    "libbpf: failed to load object '7f0012-1234'",
  ],
  omitted: 1000,
  hasVerdict: true,
};

describe("what is told of a log", () => {
  it("is the verifier's reason, the line of source before it, and the number of the other lines", () => {
    const words = "R2 min value is outside of the allowed memory range";
    assert.equal(verdict(refused), `${words}, at "values->a = 1; @ mine.bpf.c:12" (1009 more lines)`);
    const load = "prog 'slot_00': BPF program load failed: Permission denied";
    assert.equal(lastWords(refused), `${load}; ${words} (1009 more lines)`);
  });

  it("is the reason alone where the log shows no source", () => {
    const lines = refused.lines.filter((line) => !line.startsWith("; "));
    assert.equal(
      verdict({ ...refused, lines, omitted: 0 }),
      "R2 min value is outside of the allowed memory range (9 more lines)",
    );
  });

  it("is libbpf's own reason where the verifier was not asked", () => {
    const log = {
      lines: ["libbpf: map 'ring': failed to create: Operation not permitted(-1)"],
      omitted: 0,
      hasVerdict: false,
    };
    assert.equal(lastWords(log), "map 'ring': failed to create: Operation not permitted(-1)");
  });

  it("is nothing of an empty one", () => assert.equal(lastWords({ lines: [], omitted: 0, hasVerdict: false }), ""));
});
