/** What list-connections.c printed, read. */
/** A connection as connection tracking tells it by netlink. */
export interface Connection {
  /** Bits that are set, as enum ip_conntrack_status names them, joined by "|". */
  readonly status: string;
  readonly mark: number;
  /** Of the packet that opened it, from here on. */
  readonly protocol: number;
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
}

/** Of include/uapi/linux/netlink.h: struct nlmsghdr with struct nfgenmsg, and a type without its flags. */
const HEAD_BYTES = 16 + 4;
const TYPE_MASK = 0x3fff;
/** Of include/uapi/linux/netfilter/nfnetlink_conntrack.h. */
const [TUPLE_ORIG, STATUS, MARK] = [1, 3, 8];
const [TUPLE_IP, TUPLE_PROTO] = [1, 2];
const [SOURCE, DESTINATION] = [1, 2];
const [PROTOCOL, SOURCE_PORT, DESTINATION_PORT] = [1, 2, 3];
/** By bit, of include/uapi/linux/netfilter/nf_conntrack_common.h. */
const STATUS_NAMES = [
  "IPS_EXPECTED",
  "IPS_SEEN_REPLY",
  "IPS_ASSURED",
  "IPS_CONFIRMED",
  "IPS_SRC_NAT",
  "IPS_DST_NAT",
  "IPS_SEQ_ADJUST",
  "IPS_SRC_NAT_DONE",
  "IPS_DST_NAT_DONE",
];

/** The connections in the output of a scenario's traffic. */
export function connections(output: string): Connection[] {
  const lines = [...output.matchAll(/^connection ([0-9a-f]+)$/gm)];
  return lines.map(([, hex = ""]) => {
    const all = attributes(Buffer.from(hex, "hex").subarray(HEAD_BYTES));
    const tuple = attributes(all.get(TUPLE_ORIG));
    const ip = attributes(tuple.get(TUPLE_IP));
    const transport = attributes(tuple.get(TUPLE_PROTO));
    const bits = all.get(STATUS)?.readUInt32BE() ?? 0;
    return {
      status: STATUS_NAMES.filter((_, bit) => bits & (1 << bit)).join("|"),
      mark: all.get(MARK)?.readUInt32BE() ?? 0,
      protocol: transport.get(PROTOCOL)?.readUInt8() ?? 0,
      source: ip.get(SOURCE)?.join(".") ?? "",
      destination: ip.get(DESTINATION)?.join(".") ?? "",
      sourcePort: transport.get(SOURCE_PORT)?.readUInt16BE() ?? 0,
      destinationPort: transport.get(DESTINATION_PORT)?.readUInt16BE() ?? 0,
    };
  });
}

/** Netlink attributes by type; each is as long as it says, and begins at a multiple of 4 bytes. */
function attributes(bytes: Buffer = Buffer.alloc(0)): Map<number, Buffer> {
  const found = new Map<number, Buffer>();
  for (let at = 0; at + 4 <= bytes.length; ) {
    const length = bytes.readUInt16LE(at);
    found.set(bytes.readUInt16LE(at + 2) & TYPE_MASK, bytes.subarray(at + 4, at + length));
    at += Math.max(4, Math.ceil(length / 4) * 4);
  }
  return found;
}
