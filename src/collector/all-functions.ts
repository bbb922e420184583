/** The built-in manifest `all`: every function of the running kernel with an sk_buff. */
import type { Manifest } from "../gen/ipftrace/v1/manifest.js";

/**
 * Functions that `all` leaves out. They see the memory of a packet that has ended already, or
 * that is about to be made: the headers in it are still those of an earlier packet, and would
 * start a journey of something that does not exist. A manifest that names one gets it.
 */
const LEFT_OUT: ReadonlySet<string> = new Set([
  // Run behind the tracepoints kfree_skb and consume_skb, when the packet has ended.
  "__kfree_skb",
  "__kfree_skb_defer",
  "__napi_kfree_skb",
  "kfree_skb_napi_cache",
  "kfree_skb_partial",
  "kfree_skbmem",
  "napi_consume_skb", // also for those that skb_attempt_defer_free has ended
  "napi_pp_put_page",
  "napi_skb_cache_put",
  "napi_skb_free_stolen_head",
  "skb_attempt_defer_free",
  "skb_free_head",
  "skb_kfree_head",
  "skb_pp_recycle",
  "skb_release_all",
  "skb_release_data",
  "skb_release_head_state",
  // What owned the packet is told by these, its destructors, from skb_release_head_state.
  "__sock_wfree",
  "can_skb_destructor",
  "netlink_skb_destructor",
  "sctp_sock_rfree",
  "sctp_wfree",
  "sock_edemux",
  "sock_efree",
  "sock_ofree",
  "sock_pfree",
  "sock_rfree",
  "sock_wfree",
  "tcp_wfree",
  "tpacket_destruct_skb",
  "unix_destruct_scm",
  "xsk_destruct_skb",
  // And by these, when it was sent without copying, from skb_release_data.
  "msg_zerocopy_callback",
  "msg_zerocopy_complete",
  "sock_zerocopy_callback",
  "tcp_zerocopy_callback",
  "io_tx_ubuf_complete",
  "vhost_zerocopy_callback",
  // Fill a fresh copy: their first sk_buff is memory that nobody has written to yet.
  "__copy_skb_header",
  "__skb_clone",
  "ip6_copy_metadata",
  "ip_copy_metadata",
  "skb_copy_header",
]);

/** What the compiler makes of the kernel's tracepoints: they show the tracing, not the packet's way. */
const TRACEPOINT_INTERNALS = /^(__bpf_trace|__probestub|__traceiter|perf_trace|trace_event_raw_event)_/;

/** Whether a manifest stands for everything. The server makes no other one without groups, and takes none. */
export function isAll({ groups }: Manifest): boolean {
  return groups.length === 0;
}

/** The functions of `all` among those of a kernel. */
export function withoutLeftOut(names: readonly string[]): string[] {
  return names.filter((name) => !LEFT_OUT.has(name) && !TRACEPOINT_INTERNALS.test(name));
}
