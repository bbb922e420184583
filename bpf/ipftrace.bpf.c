/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * All programs of the collector. User space loads only those that a trace needs.
 *
 *   probes.h, tracepoints.h   a function saw a packet
 *   lifecycle.h               a packet ended
 *   lineage.h                 a packet came from another; life_multi.h: both, for kprobe-multi
 *   track.h, hop.h            what happens then: filter, follow; the record, and sending it
 *   place.h, sender.h         where a packet is; who sent it
 *   admit.h, rate.h           is one that matches followed, or is it one too many
 *   match.h, filter.h         does the packet match; inject.h: what user space writes into that
 *   pcap.h, tunnel.h          what expressions see of it, or of the packet inside
 *   flow.h                    what its headers say
 *   custom.h, module.h        what modules add
 *   maps.h, record.h          where it goes; how it looks
 */
#include <stdbool.h>
#include <stddef.h>

#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <linux/types.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "life_multi.h"
#include "lifecycle.h"
#include "lineage.h"
#include "probes.h"
#include "tracepoints.h"

/*
 * The compiler puts a type into BTF where a global or a function's argument has it. These
 * are used by value only; test/bpf/layout.test.ts must see them to compare user space's
 * copy. Nothing calls these functions, so that libbpf never loads them.
 */
__attribute__((used)) static void describe_records(struct full_record *record, struct interface_record *interface)
{
	(void)record, (void)interface;
}

__attribute__((used)) static void describe_values(enum hop_flag hop, enum flow_flag flow, enum end_reason reason,
						  enum link_kind link)
{
	(void)hop, (void)flow, (void)reason, (void)link;
}

__attribute__((used)) static void describe_settings(enum stack_mode stacks, enum hit_side side, enum life_kind life)
{
	(void)stacks, (void)side, (void)life;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
