/** What capture.c printed, read; and the headers of the frames. */

/** A frame, and what the kernel told the packet socket about it. */
export interface CapturedFrame {
  /** Whether it left by the device; else it came. */
  readonly isSent: boolean;
  /** Whole length, from its Ethernet header on; a tag beside it is not counted. */
  readonly length: number;
  /** tp_status of include/uapi/linux/if_packet.h. */
  readonly status: number;
  readonly vlanTci: number;
  readonly vlanProtocol: number;
  /** struct virtio_net_hdr of include/uapi/linux/virtio_net.h, from here on. */
  readonly flags: number;
  readonly gsoType: number;
  /** Bytes in the linear buffer, of a frame that is to be cut. */
  readonly linear: number;
  readonly gsoSize: number;
  /** From the frame's begin. */
  readonly sumStart: number;
  readonly sumOffset: number;
  /** Its first 256 bytes. */
  readonly bytes: Buffer;
}

/** TP_STATUS_VLAN_VALID. */
const HAS_VLAN = 1 << 4;
/** VIRTIO_NET_HDR_F_NEEDS_CSUM. */
export const NEEDS_SUM = 1;
/** VIRTIO_NET_HDR_GSO_TCPV4. */
export const GSO_TCPV4 = 1;

const ETHERNET_BYTES = 14;
const IPV4 = 0x0800;
const IPV6 = 0x86dd;
const IPV6_BYTES = 40;

/** The frames among the lines of an output. */
export function capturedFrames(output: string): CapturedFrame[] {
  const lines = output.split("\n").filter((line) => line.startsWith('{"isSent"'));
  return lines.map((line) => {
    const frame = JSON.parse(line);
    return { ...frame, bytes: Buffer.from(frame.bytes, "hex") };
  });
}

/** Those that left by the device, of one protocol behind IP. */
export function sentFrames(output: string, protocol: number): CapturedFrame[] {
  return capturedFrames(output).filter((frame) => frame.isSent && protocolOf(frame) === protocol);
}

/** Number of the protocol behind IPv4 or IPv6; undefined where there is neither. */
export function protocolOf({ bytes }: CapturedFrame): number | undefined {
  const at = { [IPV4]: 9, [IPV6]: 6 }[bytes.readUInt16BE(12)];
  return at === undefined ? undefined : bytes.readUInt8(ETHERNET_BYTES + at);
}

/** Where the header behind IP begins. */
export function transportAt({ bytes }: CapturedFrame): number {
  if (bytes.readUInt16BE(12) === IPV6) return ETHERNET_BYTES + IPV6_BYTES;
  return ETHERNET_BYTES + (bytes.readUInt8(ETHERNET_BYTES) & 0xf) * 4;
}

/** The tag beside the frame, as the module `vlan` names its fields. */
export function vlanFields({ status, vlanTci, vlanProtocol }: CapturedFrame) {
  return {
    vlan_present: (status & HAS_VLAN) !== 0,
    vlan_proto: String(vlanProtocol),
    vlan_id: String(vlanTci & 0xfff),
    vlan_pcp: String(vlanTci >> 13),
  };
}

/** The TCP header, as the module `tcp` names its fields. */
export function tcpFields(frame: CapturedFrame) {
  const header = frame.bytes.subarray(transportAt(frame));
  return {
    sport: String(header.readUInt16BE(0)),
    dport: String(header.readUInt16BE(2)),
    seq: String(header.readUInt32BE(4)),
    ack: String(header.readUInt32BE(8)),
    flags: `0x${header.readUInt8(13).toString(16)}`,
    window: String(header.readUInt16BE(14)),
  };
}

/** The ICMP header, as the module `icmp` names its fields. */
export function icmpFields(frame: CapturedFrame) {
  const header = frame.bytes.subarray(transportAt(frame));
  return {
    type: String(header.readUInt8(0)),
    code: String(header.readUInt8(1)),
    id: String(header.readUInt16BE(4)),
    sequence: String(header.readUInt16BE(6)),
  };
}

/** Size of a TCP segment's headers. */
export function tcpHeaderBytes(frame: CapturedFrame): number {
  const at = transportAt(frame);
  return at + (frame.bytes.readUInt8(at + 12) >> 4) * 4;
}
