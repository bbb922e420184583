/** What is asked of both interpreters: frames, packets without their Ethernet header, and parts of them. */
import fc from "fast-check";
import { ViewLayer } from "../../src/ebpf/view.js";
import { frame } from "./packets.js";

const NO_TAG = Buffer.alloc(4);
const ETHERNET_HEADER = 14;

/** One packet as the kernel has it, and as it was on the wire. */
export interface Sample {
  /** One of {@link ViewLayer}. */
  readonly layer: number;
  /** What can be read. */
  readonly bytes: Buffer;
  /** Bytes of the whole packet. */
  readonly length: number;
  /** A VLAN tag that was taken out of `bytes`, 4 bytes; zero: none was. */
  readonly tag: Buffer;
  /** What libpcap is asked about: the bytes with the tag. */
  readonly wire: Buffer;
  /** Its length. */
  readonly wireLength: number;
}

/**
 * Three samples for each frame: from the Ethernet header, from the network header, and one cut off
 * somewhere; a fourth of each tagged frame, with its outermost tag beside it.
 */
export function samples(frames: number, seed: number): Sample[] {
  const cut = fc.tuple(frame, fc.integer({ min: 1, max: 504 }));
  return fc
    .sample(cut, { numRuns: frames, seed })
    .flatMap(([whole, at]) => [
      plain(ViewLayer.ETHERNET, whole, whole.length),
      plain(ViewLayer.NETWORK, whole.subarray(ETHERNET_HEADER), whole.length - ETHERNET_HEADER),
      plain(ViewLayer.ETHERNET, whole.subarray(0, 1 + (at % whole.length)), whole.length),
      ...(isTagged(whole) ? [untagged(whole), untagged(whole.subarray(0, Math.max(17, at % whole.length)))] : []),
    ]);
}

/** Bytes as they are. */
export function plain(layer: number, bytes: Buffer, length: number): Sample {
  // A packet of no bytes has nothing to look at, and is not asked about.
  const some = bytes.length > 0 ? bytes : Buffer.alloc(1);
  return { layer, bytes: some, length, tag: NO_TAG, wire: some, wireLength: length };
}

function isTagged(whole: Buffer): boolean {
  return whole.length > 18 && [0x8100, 0x88a8, 0x9100].includes(whole.readUInt16BE(12));
}

function untagged(wire: Buffer): Sample {
  const bytes = Buffer.concat([wire.subarray(0, 12), wire.subarray(16)]);
  return {
    layer: ViewLayer.ETHERNET,
    bytes,
    length: bytes.length,
    tag: Buffer.from(wire.subarray(12, 16)),
    wire,
    wireLength: wire.length,
  };
}
