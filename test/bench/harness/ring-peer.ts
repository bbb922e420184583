/** ring-peer.c in this process: fills a ring, and reads it as C does. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import koffi from "koffi";
import { buildSynthesizer } from "../../helpers/synthetic.js";

const SOURCE = fileURLToPath(new URL("../ring-peer.c", import.meta.url));
const BPF = fileURLToPath(new URL("../../../bpf", import.meta.url));
/** Journeys that are open at the same time: what comes in a millisecond at two million events a second. */
const OPEN_JOURNEYS = 256;

/** The functions of ring-peer.c. */
export interface RingPeer {
  /** File descriptor of the ring. */
  readonly fd: number;
  /** Writes so many journeys, `open` of them at the same time. */
  fill(journeys: number, hops: number, functions: number, open?: number): void;
  /** Reads all there is, in C. */
  read(): void;
  /** Reads all there is by `other`, then puts the readers back: it is there again. Its nanoseconds. */
  peek(other: () => number): number;
  close(): void;
}

/** Builds it into a folder, and opens a ring. */
export function openRingPeer(folder: string, ringBytes: number): RingPeer {
  const { object } = buildSynthesizer(folder);
  const library = join(folder, "ring-peer.so");
  execFileSync("clang", ["-O2", "-Wall", "-shared", "-fPIC", `-I${BPF}`, SOURCE, "-o", library, "-lbpf"]);
  const peer = koffi.load(library);
  const write = peer.func("int peer_fill(double first, uint journeys, uint hops, uint functions)");
  const position = peer.func("double peer_position()");
  const rewind = peer.func("void peer_rewind(double position)");
  const close = peer.func("void peer_close()");
  const fd: number = peer.func("int peer_open(str path, uint ring_bytes)")(object, ringBytes);
  if (fd < 0) throw new Error(`the ring cannot be made: error ${-fd}`);
  let first = 0;
  return {
    fd,
    fill: (journeys, hops, functions, open = OPEN_JOURNEYS) => {
      for (const end = first + journeys; first < end; first += open) {
        const error = write(first, Math.min(open, end - first), hops, functions);
        if (error !== 0) throw new Error(`the ring cannot be filled: error ${error}`);
      }
    },
    read: peer.func("void peer_read()"),
    peek: (other) => {
      const before = position();
      const ns = other();
      rewind(before);
      return ns;
    },
    close: () => close(),
  };
}
