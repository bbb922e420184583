/** struct packet_view of bpf/pcap.h: what an expression sees of a packet. test/bpf/layout.test.ts compares. */
export const packetViewLayout = { size: 88, head: 0, rest: 64, captured: 72, length: 76, layer: 80 } as const;

/** Bytes of `head`. */
export const VIEW_HEAD_BYTES = packetViewLayout.rest;

/** enum view_layer of bpf/tunnel.h. */
export const ViewLayer = { NONE: 0, ETHERNET: 1, NETWORK: 2 } as const;
