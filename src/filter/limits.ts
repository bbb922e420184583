/** What this server accepts in one filter; GetNode tells it to clients. */
export const filterLimits = {
  /** Entries in Filter.allow: the kernel side holds one condition. */
  maxAllowFilters: 1,
  /** Entries in Filter.deny; 0: not supported yet. */
  maxDenyFilters: 0,
  /** Values in each field of a FlowFilter. */
  maxFilterValues: 1,
} as const;
