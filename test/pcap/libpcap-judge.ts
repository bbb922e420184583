/** Asks libpcap's own interpreter. */
import koffi from "koffi";
import type { ClassicInstruction } from "../../src/ebpf/classic.js";
import type { LayeredProgram } from "../../src/ebpf/pcap.js";
import { ViewLayer } from "../../src/ebpf/view.js";
import type { Sample } from "./samples.js";

const filter = koffi
  .load("libpcap.so.0.8")
  .func("uint32 bpf_filter(const void *program, const void *packet, uint32 length, uint32 captured)");

/** What libpcap says of each sample; never a match on a layer for which there is no program. */
export function judgeByLibpcap(program: LayeredProgram, samples: readonly Sample[]): number[] {
  const ethernet = program.ethernet && encodeClassic(program.ethernet);
  const network = program.network && encodeClassic(program.network);
  return samples.map(({ layer, wire, wireLength }) => {
    const code = layer === ViewLayer.ETHERNET ? ethernet : network;
    return code === undefined ? 0 : (filter(code, wire, wireLength, wire.length) as number);
  });
}

/** struct bpf_insn. */
function encodeClassic(program: readonly ClassicInstruction[]): Buffer {
  const bytes = Buffer.alloc(program.length * 8);
  for (const [index, { code, jt, jf, k }] of program.entries()) {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(jt, index * 8 + 2);
    bytes.writeUInt8(jf, index * 8 + 3);
    bytes.writeUInt32LE(k, index * 8 + 4);
  }
  return bytes;
}
