/** What {@link isFunctionName} accepts, for messages. */
export const functionNameRule =
  'letters, digits, "_", "." and "$", not beginning with a digit, optionally after "tracepoint:"';

/**
 * Whether a text can be the name of a kernel function, also of one that the compiler renamed
 * ("ip_rcv_core.isra.0"), or of a tracepoint ("tracepoint:net_dev_queue").
 */
export function isFunctionName(text: string): boolean {
  return /^(tracepoint:)?[A-Za-z_.$][A-Za-z0-9_.$]*$/.test(text);
}

/** Last argument position that is looked at: five arguments travel in registers that every backend can read. */
export const maxSkbPosition = 5;
