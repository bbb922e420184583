/** Runs translated expressions in the running kernel, on many packets at once. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import koffi from "koffi";
import type { Instruction } from "../../src/ebpf/instruction.js";
import { inject } from "../../src/ebpf/patch.js";
import { checkPointer, checkResult, libbpf, libc, type Pointer } from "../../src/kernel/libbpf.js";
import { catchLibbpfLog, takeLibbpfLog } from "../../src/kernel/log.js";
import type { Sample } from "./samples.js";

/** struct packet of test/bpf/expressions.bpf.c. */
const PACKET_BYTES = 520;
const HEADER_BYTES = 16;
const MAX_PACKETS = 16_384;
const VERDICT_BYTES = 8;
/** struct bpf_test_run_opts of libbpf 1.1: its size, and the members that are given. */
const RUN_OPTIONS = { bytes: 88, ctxIn: 32, ctxSizeIn: 48 } as const;

const testRun = koffi.load("libbpf.so.1").func("int bpf_prog_test_run_opts(int fd, void *options)");

/** Builds test/bpf/expressions.bpf.c into a directory; returns the object's bytes. */
export function buildJudge(directory: string): Buffer {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const path = join(directory, "expressions.bpf.o");
  execFileSync("make", ["-s", "-C", join(root, "bpf"), `OUT=${directory}`, path], { stdio: "pipe" });
  return readFileSync(path);
}

/** The samples as the program finds them in its map. */
export function encodeSamples(samples: readonly Sample[]): Buffer {
  const memory = Buffer.alloc(samples.length * PACKET_BYTES);
  for (const [index, { bytes, length, layer, tag }] of samples.entries()) {
    const at = index * PACKET_BYTES;
    memory.writeUInt32LE(bytes.length, at);
    memory.writeUInt32LE(length, at + 4);
    memory.writeUInt32LE(layer, at + 8);
    tag.copy(memory, at + 12);
    bytes.copy(memory, at + HEADER_BYTES);
  }
  return memory;
}

/** What the kernel says of each sample; throws what the verifier says when it refuses the program. */
export function judgeInKernel(
  object: Buffer,
  instructions: readonly Instruction[],
  samples: Buffer,
): BigUint64Array<ArrayBuffer> {
  const bytes = Buffer.from(object);
  inject(bytes, new Map([["pcap_matches", instructions]]));
  catchLibbpfLog();
  takeLibbpfLog();
  const loaded = checkPointer("open the program", libbpf.openMem(bytes, bytes.length, null) as Pointer);
  try {
    const result = libbpf.load(loaded) as number;
    if (result < 0) throw new Error(`the kernel refuses the program:\n${takeLibbpfLog().lines.slice(-12).join("\n")}`);
    const count = samples.length / PACKET_BYTES;
    withMap(loaded, "packets", PACKET_BYTES, (memory) => samples.copy(memory));
    run(loaded, count);
    return withMap(loaded, "verdicts", VERDICT_BYTES, (memory) => {
      const verdicts = new BigUint64Array(count);
      for (let i = 0; i < count; i++) verdicts[i] = memory.readBigUInt64LE(i * VERDICT_BYTES);
      return verdicts;
    });
  } finally {
    libbpf.close(loaded);
  }
}

function withMap<T>(object: bigint, name: string, entryBytes: number, use: (memory: Buffer) => T): T {
  const map = checkPointer(`find ${name}`, libbpf.findMap(object, name) as Pointer);
  const size = MAX_PACKETS * entryBytes;
  const [READ_WRITE, SHARED] = [3, 1];
  const address = libc.mmap(null, size, READ_WRITE, SHARED, libbpf.mapFd(map), 0) as bigint;
  if (BigInt.asIntN(64, address) === -1n) throw new Error(`${name} cannot be mapped: errno ${koffi.errno()}`);
  try {
    return use(Buffer.from(koffi.view(address, size)));
  } finally {
    libc.munmap(address, size);
  }
}

function run(object: bigint, count: number): void {
  const program = checkPointer("find the program", libbpf.nextProgram(object, null) as Pointer);
  const context = koffi.alloc("uint8_t", 4) as bigint;
  const options = Buffer.alloc(RUN_OPTIONS.bytes);
  Buffer.from(koffi.view(context, 4)).writeUInt32LE(count);
  options.writeBigUInt64LE(BigInt(options.length));
  options.writeBigUInt64LE(context, RUN_OPTIONS.ctxIn);
  options.writeUInt32LE(4, RUN_OPTIONS.ctxSizeIn);
  try {
    checkResult("run the program", testRun(libbpf.programFd(program), options) as number);
  } finally {
    koffi.free(context);
  }
}
