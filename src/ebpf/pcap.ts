/**
 * Classic BPF to eBPF: the body of pcap_matches() in bpf/pcap.h.
 *
 * What the classic machine does to a packet is the same here, load by load. The differential
 * test in test/e2e holds this against libpcap's own interpreter.
 */
import type { ClassicInstruction } from "./classic.js";
import { ClassicTranslator } from "./classic-translator.js";
import type { Instruction } from "./instruction.js";
import { openView } from "./packet-loads.js";
import { Program } from "./program.js";
import { ViewLayer } from "./view.js";

/** An expression compiled for each layer; undefined where it cannot match, whatever the packet. */
export interface LayeredProgram {
  /** For a packet from its Ethernet header on. */
  readonly ethernet: readonly ClassicInstruction[] | undefined;
  /** For a packet from its network header on. */
  readonly network: readonly ClassicInstruction[] | undefined;
}

/** The eBPF function: takes the address of the view in r1, returns not zero for a match. */
export function translatePcap({ ethernet, network }: LayeredProgram): readonly Instruction[] {
  const program = new Program();
  const reject = program.label();
  const layers = [
    { layer: ViewLayer.ETHERNET, classic: ethernet, start: program.label() },
    { layer: ViewLayer.NETWORK, classic: network, start: program.label() },
  ];
  openView(program);
  for (const { layer, classic, start } of layers) {
    if (classic !== undefined) program.jumpIf32("r1", "==", layer, start);
  }
  program.jump(reject);
  for (const { classic, start } of layers) {
    if (classic === undefined) continue;
    program.place(start);
    new ClassicTranslator(program, reject, classic).run();
  }
  program.place(reject);
  program.move("r0", 0);
  program.exit();
  return program.finish();
}
