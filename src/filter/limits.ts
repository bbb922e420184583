/** What this server accepts in one filter; GetNode tells it to clients. */
export const filterLimits = {
  /** Entries in Filter.allow. */
  maxAllowFilters: 64,
  /** Entries in Filter.deny. */
  maxDenyFilters: 64,
  /** Values in each repeated field of a FlowFilter, and in those of a Filter that are no entries. */
  maxFilterValues: 256,
} as const;

/** eBPF instructions for which flow_matches() of bpf/filter.h has room; test/ebpf/patch.test.ts compares. */
export const FILTER_ROOM = 4096;
