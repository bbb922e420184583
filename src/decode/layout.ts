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
  stack: 44,
  cpu: 48,
  flags: 50,
  end_reason: 51,
  drop_reason: 52,
  lost: 56,
  location: 60,
} as const;

/** Bytes of a thread's name, with the NUL that ends it: TASK_COMM_LEN of include/linux/sched.h. */
export const COMM_BYTES = 16;

/** struct flow_record, which follows a hop_record with {@link HopFlag.FLOW}. */
export const flowLayout = {
  size: 80,
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
  deaths: 52,
  pid: 56,
  tid: 60,
  comm: 64,
} as const;

/** struct interface_record. */
export const interfaceLayout = { size: 24, netns: 0, ifindex: 4, name: 8 } as const;

/** struct counters: what each CPU counts. */
export const countersLayout = {
  size: 256,
  handled: 0,
  filtered: 8,
  lost_ring: 16,
  lost_tracking: 24,
  ring_first_ns: 32,
  ring_last_ns: 40,
  tracking_first_ns: 48,
  tracking_last_ns: 56,
  lost_rate: 64,
  rate_first_ns: 72,
  rate_last_ns: 80,
  lost_sampling: 88,
  sampling_first_ns: 96,
  sampling_last_ns: 104,
  matched: 112,
  journeys: 120,
  numbering: 128,
} as const;

/** enum hop_flag. */
export const HopFlag = { ROW: 1, FLOW: 2, END: 4, CHANGED: 8, LINK: 16, CUSTOM: 32 } as const;

/** enum flow_flag. */
export const FlowFlag = { ICMP: 1, LATER_FRAGMENT: 2 } as const;
