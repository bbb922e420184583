/**
 * Where things lie in what the kernel sends: bpf/record.h, byte for byte.
 * test/bpf/layout.test.ts compares every offset with the BTF of the built object.
 */

/** struct hop_record. */
export const hopLayout = {
  size: 64,
  time_ns: 0,
  journey: 8,
  skb: 16,
  function: 24,
  length: 32,
  ifindex: 36,
  netns: 40,
  pid: 44,
  cpu: 48,
  flags: 50,
  end_reason: 51,
  drop_reason: 52,
  lost: 56,
  reserved: 60,
} as const;

/** struct flow_record, which follows a hop_record with {@link HopFlag.FLOW}. */
export const flowLayout = {
  size: 56,
  parent: 0,
  source: 8,
  destination: 24,
  source_port: 40,
  destination_port: 42,
  l3_protocol: 44,
  l4_protocol: 46,
  flags: 47,
  icmp_type: 48,
  icmp_code: 49,
  link: 50,
  reserved: 51,
} as const;

/** struct counters: what each CPU counts. */
export const countersLayout = {
  size: 56,
  seen: 0,
  filtered: 8,
  lost_ring: 16,
  lost_tracking: 24,
  matched: 32,
  journeys: 40,
  numbering: 48,
} as const;

/** enum hop_flag. */
export const HopFlag = { ROW: 1, FLOW: 2, END: 4, CHANGED: 8 } as const;

/** enum flow_flag. */
export const FlowFlag = { ICMP: 1, LATER_FRAGMENT: 2 } as const;
