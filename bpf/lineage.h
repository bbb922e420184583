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
 * GRO merges a packet into an older one of its flow: skb_gro_receive(older, skb), if it returns 0.
 * All are static or rarely called, and cheap to probe. __build_skb_around(skb) prepares
 * fresh memory: whatever was followed at that address is gone.
 */
#pragma once

#include "life_probe.h"
#include "track.h"

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
	if (from && known && from->journey && known->parent == from->journey && !known->flow_sent)
		return 0;
	if (known)
		end_reused(count, known, key);
	if (!from || from->state == TRACKED_DEAD)
		return 0;
	/* What comes from a packet that is not followed would have no beginning. */
	if (is_refused(from)) {
		fresh.state = from->state;
		bpf_map_update_elem(&tracked, &key, &fresh, BPF_ANY);
		return 0;
	}
	fresh.journey = next_journey(count);
	/* Fragments are made one from another; all come from the packet that was cut up. */
	fresh.parent = link == LINK_FRAGMENT && from->link == LINK_FRAGMENT ? from->parent : from->journey;
	fresh.link = from->marks & TRACKED_SEGMENTING && link == LINK_CLONE ? LINK_SEGMENT : link;
	/* No hop is lost yet, but the packet is out of sight: one event of the account stands for it. */
	if (bpf_map_update_elem(&tracked, &key, &fresh, BPF_ANY)) {
		COUNT(count->seen);
		COUNT_LOSS(count, tracking);
	}
	return 0;
}

/* What GRO is about to merge on this CPU: it runs with softirqs off, and not inside itself. */
struct merging {
	__u64 skb;
	__u64 into;		/* journey of the packet that takes it in */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct merging);
} merging SEC(".maps");

static __noinline int on_merging(unsigned long into, unsigned long skb)
{
	__u32 zero = 0;
	__u64 key = into;
	struct merging *merge = bpf_map_lookup_elem(&merging, &zero);
	struct tracked *older = bpf_map_lookup_elem(&tracked, &key);

	if (!merge)
		return 0;
	merge->skb = skb;
	merge->into = older ? older->journey : 0;
	return 0;
}

static __noinline int on_merged(int error)
{
	__u32 zero = 0;
	struct counters *count = my_counters();
	struct merging *merge = bpf_map_lookup_elem(&merging, &zero);
	struct full_record record = {};
	struct tracked *packet;

	if (!count || !merge || error || !merge->into)
		return 0;
	packet = bpf_map_lookup_elem(&tracked, &merge->skb);
	if (!packet || packet->state != TRACKED_OPEN || !packet->flow_sent)
		return 0;
	COUNT(count->seen);
	record.hop.time_ns = bpf_ktime_get_ns();
	record.hop.journey = packet->journey;
	record.hop.skb = merge->skb;
	record.hop.cpu = bpf_get_smp_processor_id();
	record.hop.flags = HOP_FLOW | HOP_LINK;
	record.hop.lost = packet->lost;
	record.flow.parent = merge->into;
	record.flow.link = LINK_MERGE;
	send(count, packet, &record);
	return 0;
}

static __noinline int on_segmenting(unsigned long skb)
{
	__u64 key = skb;
	struct tracked *packet = bpf_map_lookup_elem(&tracked, &key);

	if (packet)
		packet->marks |= TRACKED_SEGMENTING;
	return 0;
}

LIFE_PROBE(born, on_birth(PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx), LINK_CLONE))
LIFE_PROBE(born_copy, on_birth(PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx), LINK_COPY))
LIFE_PROBE(born_fragment, on_birth(PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx), LINK_FRAGMENT))
LIFE_PROBE(born_reassembly, on_birth(PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx), LINK_REASSEMBLY))
LIFE_PROBE(segmenting, on_segmenting(PT_REGS_PARM1(ctx)))
LIFE_PROBE(born_fresh, on_birth(PT_REGS_PARM1(ctx), 0, LINK_NONE))
LIFE_PROBE(merging_begins, on_merging(PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx)))
/* When the function returns. */
LIFE_PROBE(merging_ends, on_merged(PT_REGS_RC(ctx)))
