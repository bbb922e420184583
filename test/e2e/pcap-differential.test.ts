/** Translated pcap expressions in this kernel against libpcap's own interpreter, packet by packet. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { translatePcap } from "../../src/ebpf/pcap.js";
import { compilePcap } from "../../src/kernel/libpcap.js";
import { releaseLibbpfLog } from "../../src/kernel/log.js";
import { requirement } from "../helpers/require-kernel.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";
import { runClassic } from "../pcap/classic-machine.js";
import { classicProgram } from "../pcap/classic-programs.js";
import { expression, manualExpressions } from "../pcap/expressions.js";
import { buildJudge, encodeSamples, judgeInKernel } from "../pcap/kernel-judge.js";
import { judgeByLibpcap } from "../pcap/libpcap-judge.js";
import { samples } from "../pcap/samples.js";
import { whyNotHere } from "./why-not.js";

const FRAMES = 2500;
const GENERATED = 320;
const SEED = 20_261_122;
const PROGRAMS = 200;
const PACKETS_FOR_PROGRAMS = 1000;
/** Expressions that match some packets and not others. */
const LEAST_TELLING = 300;

describe("pcap expressions in the kernel", requirement(whyNotHere()), () => {
  const packets = samples(FRAMES, SEED);
  const memory = encodeSamples(packets);

  it("agree with libpcap's interpreter on every packet", async (context) => {
    const object = buildJudge(temporaryFolder(context));
    context.after(releaseLibbpfLog);
    const generated = fc.sample(expression, { numRuns: GENERATED, seed: SEED });
    let asked = 0;
    let matched = 0;
    const telling = new Set<string>();
    for (const text of [...manualExpressions, ...generated]) {
      const compiled = await compilePcap(text);
      if ("error" in compiled) {
        assert.ok(!manualExpressions.includes(text), `libpcap refuses ${text}: ${compiled.error}`);
        continue;
      }
      const ours = judgeInKernel(object, translatePcap(compiled), memory);
      const theirs = judgeByLibpcap(compiled, packets);
      const different = theirs.findIndex((verdict, index) => (verdict !== 0) !== (ours[index] !== 0n));
      assert.equal(
        different,
        -1,
        `${text}: sample ${different}, libpcap ${theirs[different]}, kernel ${ours[different]}, ${describeSample(different)}`,
      );
      const matches = theirs.filter((verdict) => verdict !== 0).length;
      if (matches > 0 && matches < packets.length) telling.add(text);
      asked++;
      matched += matches;
    }
    const silent = manualExpressions.filter((text) => !telling.has(text));
    context.diagnostic(`${asked} expressions, ${packets.length} packets, ${matched} matches, ${telling.size} telling`);
    assert.ok(telling.size >= LEAST_TELLING, `only ${telling.size} expressions tell packets apart`);
    assert.deepEqual(silent, ["1 = 1", "0xffffffff > 0x7fffffff"], "samples are missing for these expressions");
  });

  it("agree with the classic machine on every packet, also for programs that libpcap would not make", (context) => {
    const object = buildJudge(temporaryFolder(context));
    context.after(releaseLibbpfLog);
    const some = packets.slice(0, PACKETS_FOR_PROGRAMS);
    const encoded = encodeSamples(some);
    for (const classic of fc.sample(classicProgram, { numRuns: PROGRAMS, seed: SEED })) {
      const ours = judgeInKernel(object, translatePcap({ ethernet: classic, network: classic }), encoded);
      const theirs = some.map(({ wire, wireLength }) => runClassic(classic, { bytes: wire, length: wireLength }));
      assert.deepEqual([...ours].map(Number), theirs, JSON.stringify(classic));
    }
  });

  function describeSample(index: number): string {
    const sample = packets[index];
    return sample === undefined
      ? ""
      : `layer ${sample.layer}, tag ${sample.tag.toString("hex")}, ${sample.bytes.toString("hex")}`;
  }
});
