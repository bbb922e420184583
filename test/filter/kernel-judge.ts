/** Runs compiled filters in the running kernel, with structs that the test makes. */
import koffi from "koffi";
import { flowLayout } from "../../src/decode/layout.js";
import { encode, type Instruction, SLOT_BYTES } from "../../src/ebpf/instruction.js";
import { Program } from "../../src/ebpf/program.js";
import { checkResult, libc } from "../../src/kernel/libbpf.js";
import { STRUCTS_BYTES } from "./structs.js";

const bpf = koffi.load("libbpf.so.1");
const loadProgram = bpf.func(
  "int bpf_prog_load(int type, str name, str license, const void *instructions, size_t count, const void *options)",
);
const testRun = bpf.func("int bpf_prog_test_run_opts(int fd, void *options)");

/** BPF_PROG_TYPE_SYSCALL (since Linux 5.14), which must be sleepable: BPF_F_SLEEPABLE. */
const TYPE_SYSCALL = 31;
const SLEEPABLE = 16;
/** struct bpf_prog_load_opts and bpf_test_run_opts of libbpf 1.1: sizes, and the members that are used. */
const LOAD_OPTIONS = { bytes: 24, flags: 20 } as const;
const RUN_OPTIONS = { bytes: 88, contextIn: 32, contextBytes: 48, verdict: 56 } as const;

/** The filter behind instructions that copy the structs to its stack, where it finds them in a trace. */
function withStructs(instructions: readonly Instruction[]): Buffer {
  const code = new Program();
  for (let at = 0; at < STRUCTS_BYTES; at += 8) {
    code.load("u64", "r3", "r1", at);
    code.store("u64", "r10", at - STRUCTS_BYTES, "r3");
  }
  code.move("r1", "r10");
  code.alu("r1", "+", -STRUCTS_BYTES);
  code.move("r2", "r1");
  code.alu("r2", "+", flowLayout.size);
  return Buffer.concat([encode(code.finish()), encode(instructions)]);
}

/** What the kernel's flow_matches() would return for each; throws when the verifier refuses it. */
export function judgeInKernel(instructions: readonly Instruction[], packets: readonly Buffer[]): number[] {
  const code = withStructs(instructions);
  const loadOptions = Buffer.alloc(LOAD_OPTIONS.bytes);
  loadOptions.writeBigUInt64LE(BigInt(loadOptions.length));
  loadOptions.writeUInt32LE(SLEEPABLE, LOAD_OPTIONS.flags);
  const count = code.length / SLOT_BYTES;
  const fd = checkResult("load the filter", loadProgram(TYPE_SYSCALL, "filter", "GPL", code, count, loadOptions));
  try {
    return packets.map((structs) => runOnce(fd, structs));
  } finally {
    libc.close(fd);
  }
}

function runOnce(fd: number, structs: Buffer): number {
  const context = koffi.alloc("uint8_t", STRUCTS_BYTES) as bigint;
  try {
    structs.copy(Buffer.from(koffi.view(context, STRUCTS_BYTES)));
    const options = Buffer.alloc(RUN_OPTIONS.bytes);
    options.writeBigUInt64LE(BigInt(options.length));
    options.writeBigUInt64LE(context, RUN_OPTIONS.contextIn);
    options.writeUInt32LE(STRUCTS_BYTES, RUN_OPTIONS.contextBytes);
    checkResult("run the filter", testRun(fd, options));
    return options.readUInt32LE(RUN_OPTIONS.verdict);
  } finally {
    koffi.free(context);
  }
}
