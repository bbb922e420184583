/** struct packet_fields of bpf/filter.h: offsets and size in bytes. test/bpf/layout.test.ts compares. */
export const packetFieldsLayout = {
  size: 40,
  cgroup: 0,
  interface: 8,
  mark: 24,
  length: 28,
  netns: 32,
} as const;

/** Bytes of an interface's name with the zero behind it. IFNAMSIZ of include/uapi/linux/if.h. */
export const INTERFACE_NAME_BYTES = 16;

/** enum packet_field of bpf/filter.h: which members are read, as bits. */
export const PacketField = { MARK: 1, LENGTH: 2, NETNS: 4, INTERFACE: 8, CGROUP: 16 } as const;
