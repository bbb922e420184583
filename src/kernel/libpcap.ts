/** libpcap's compiler of filter expressions, through koffi. */
import koffi from "koffi";
import { type ClassicInstruction, classicLoops, classicReadsMetadata } from "../ebpf/classic.js";
import type { LayeredProgram } from "../ebpf/pcap.js";
import { lazy } from "./lazy.js";
import { checkPointer } from "./libbpf.js";
import { openLibrary } from "./library.js";

/** Link types of pcap/dlt.h: a packet from its Ethernet header, or from its IP header, on. */
const LinkType = { ETHERNET: 1, RAW_IP: 12 } as const;
/** Longer than any packet: what an expression returns for a match. */
const SNAPLEN = 262_144;
/** PCAP_NETMASK_UNKNOWN: an expression holds on all interfaces. */
const NETMASK_UNKNOWN = 0xffff_ffff;
const OPTIMIZE = 1;

koffi.struct("pcap_bpf_insn", { code: "uint16", jt: "uint8", jf: "uint8", k: "uint32" });
koffi.struct("pcap_bpf_program", { bf_len: "uint32", bf_insns: "void *" });
koffi.opaque("pcap_t");

/** Opened with the first expression: traces without one need no libpcap. */
const libpcap = lazy(() => {
  const library = openLibrary("libpcap.so.0.8", 'expressions need it: install it with "apt-get install libpcap0.8"');
  return {
    openDead: library.func("pcap_t *pcap_open_dead(int linktype, int snaplen)"),
    compile: library.func(
      "int pcap_compile(pcap_t *handle, _Out_ pcap_bpf_program *program, str text, int optimize, uint32 netmask)",
    ),
    getError: library.func("str pcap_geterr(pcap_t *handle)"),
    freeCode: library.func("void pcap_freecode(pcap_bpf_program *program)"),
    close: library.func("void pcap_close(pcap_t *handle)"),
  };
});

interface NativeProgram {
  readonly bf_len: number;
  readonly bf_insns: bigint;
}

/** What libpcap says about an expression that it does not compile, in its own words. */
export interface PcapFault {
  readonly error: string;
}

/**
 * Compiles an expression for both layers. A layer on which it is an error, or can never match
 * (`ether host` without an Ethernet header), is left out; when that is true of both, the fault
 * is that of the Ethernet layer, which knows more of the language.
 *
 * Compiling happens on a thread of its own, because libpcap looks up names of hosts.
 *
 * @throws IpftraceError KERNEL_UNSUPPORTED when libpcap is not installed.
 */
export async function compilePcap(expression: string): Promise<LayeredProgram | PcapFault> {
  const ethernet = await compileFor(LinkType.ETHERNET, expression);
  const network = await compileFor(LinkType.RAW_IP, expression);
  if ("error" in ethernet && "error" in network) return ethernet;
  const layers = {
    ethernet: "error" in ethernet ? undefined : ethernet,
    network: "error" in network ? undefined : network,
  };
  return unsupported([layers.ethernet ?? [], layers.network ?? []]) ?? layers;
}

function unsupported(programs: readonly (readonly ClassicInstruction[])[]): PcapFault | undefined {
  if (programs.some(classicLoops)) return { error: "protochain is not supported, because it makes a loop" };
  if (programs.some(classicReadsMetadata)) {
    return { error: "inbound, outbound and ifindex are not supported: they ask for what is not in the packet" };
  }
  return undefined;
}

async function compileFor(linkType: number, expression: string): Promise<readonly ClassicInstruction[] | PcapFault> {
  const { openDead, compile, getError, freeCode, close } = libpcap();
  const handle = checkPointer("open libpcap's compiler", openDead(linkType, SNAPLEN) as bigint | null);
  const program: Partial<NativeProgram> = {};
  try {
    const result = await new Promise<number>((resolve, reject) =>
      compile.async(handle, program, expression, OPTIMIZE, NETMASK_UNKNOWN, (reason: unknown, value: number) =>
        reason ? reject(reason) : resolve(value),
      ),
    );
    if (result !== 0) return { error: getError(handle) as string };
    const { bf_len: length = 0, bf_insns: instructions = 0n } = program;
    const classic = koffi.decode(instructions, koffi.array("pcap_bpf_insn", length)) as ClassicInstruction[];
    freeCode(program);
    return classic;
  } finally {
    close(handle);
  }
}
