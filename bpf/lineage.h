/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * Where packets come from other packets: clones, copies, GSO segments, IP fragments. The
 * new sk_buff is followed because its parent is, and its first record names the parent.
 *
 * Every way of making an sk_buff from another passes __copy_skb_header(new, old); what
 * kind of way it is shows in who was called before: skb_copy_header for copies,
 * skb_segment for segments, nobody for clones. Fragments pass ip_copy_metadata(to, from).
 * Reassembly lets the sk_buff of the last fragment that came become the whole packet, by
 * skb_morph(to, from): the fragment's journey ends as REUSED, the packet's begins.
 * All are static or rarely called, and cheap to probe.
 */
#pragma once

#include "track.h"

/* The sk_buff at this address died unseen: its journey ends here, whatever follows is another packet. */
static __always_inline void end_reused(struct counters *count, struct tracked *stale, __u64 key)
{
	struct full_record record = {};

	if (stale->state == TRACKED_OPEN && stale->flow_sent) {
		COUNT(count->seen);
		record.hop.time_ns = bpf_ktime_get_ns();
		record.hop.journey = stale->journey;
		record.hop.skb = key;
		record.hop.cpu = bpf_get_smp_processor_id();
		record.hop.flags = HOP_END;
		record.hop.end_reason = END_REUSED;
		record.hop.lost = stale->lost;
		send(count, stale, &record);
	}
	bpf_map_delete_elem(&tracked, &key);
}

static __noinline int on_birth(unsigned long child, unsigned long parent, __u8 link)
{
	struct counters *count = my_counters();
	struct tracked *from, *known;
	struct tracked fresh = {};
	__u64 key = child, parent_key = parent;

	if (!count || !child)
		return 0;
	from = bpf_map_lookup_elem(&tracked, &parent_key);
	known = bpf_map_lookup_elem(&tracked, &key);
	/* Told already, by a probe that knows the kind better. */
	if (from && known && known->parent == from->journey && !known->flow_sent)
		return 0;
	if (known)
		end_reused(count, known, key);
	if (!from || from->state == TRACKED_DEAD)
		return 0;
	fresh.journey = next_journey(count);
	/* Fragments are made one from another; all come from the packet that was cut up. */
	fresh.parent = link == LINK_FRAGMENT && from->link == LINK_FRAGMENT ? from->parent : from->journey;
	fresh.link = from->segmenting && link == LINK_CLONE ? LINK_SEGMENT : link;
	/* No hop is lost yet, but the packet is out of sight: one event of the account stands for it. */
	if (bpf_map_update_elem(&tracked, &key, &fresh, BPF_ANY)) {
		COUNT(count->seen);
		COUNT(count->lost_tracking);
	}
	return 0;
}

static __noinline int on_segmenting(unsigned long skb)
{
	__u64 key = skb;
	struct tracked *packet = bpf_map_lookup_elem(&tracked, &key);

	if (packet)
		packet->segmenting = 1;
	return 0;
}

#define LINEAGE_PROBE(name, call)			\
	SEC("kprobe")					\
	int name(struct pt_regs *ctx)			\
	{						\
		return call;				\
	}						\
	SEC("kprobe.multi")				\
	int name##_multi(struct pt_regs *ctx)		\
	{						\
		return call;				\
	}

LINEAGE_PROBE(born, on_birth(PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx), LINK_CLONE))
LINEAGE_PROBE(born_copy, on_birth(PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx), LINK_COPY))
LINEAGE_PROBE(born_fragment, on_birth(PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx), LINK_FRAGMENT))
LINEAGE_PROBE(born_reassembly, on_birth(PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx), LINK_REASSEMBLY))
LINEAGE_PROBE(segmenting, on_segmenting(PT_REGS_PARM1(ctx)))
