/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * Where packets come from other packets: clones, copies, GSO segments, IP fragments. The
 * new sk_buff is followed because its parent is, and its first record names the parent.
 *
 * Every way of making an sk_buff from another passes __copy_skb_header(new, old); what
 * kind of way it is shows in who was called before: skb_copy_header for copies,
 * skb_segment for segments, nobody for clones. Fragments pass ip_copy_metadata(to, from).
 * Reassembly lets the sk_buff of the last fragment that came become the whole packet, by
 * skb_morph(to, from), unless it is the first one, which becomes the whole itself. The others end as
 * CONSUMED: inet_frag_reasm_finish(queue, whole) frees them (kfree_skb_partial), or chains them to the whole, which frees
 * them later, as drops without a reason. Until then, and for good if others are missing, they wait in
 * the queue: inet_frag_queue_insert(queue, skb).
 * GRO merges a packet into an older one of its flow: skb_gro_receive(older, skb), if it returns 0.
 * All are static or rarely called, and cheap to probe. __build_skb_around(skb) prepares
 * fresh memory: whatever was followed at that address is gone.
 */
#pragma once

#include "life_probe.h"
#include "lifecycle.h"
#include "track.h"

/* The packet at @address goes into another, whose journey is @into; 0: that one is not followed. */
static __noinline int join(struct counters *count, __u64 address, __u64 into, __u8 link)
{
	struct tracked *packet = find_tracked(address);
	struct full_record record = {};

	if (!packet || is_refused(packet))
		return 0;
	packet->marks |= TRACKED_JOINED;
	if (!into || packet->state != TRACKED_OPEN || !packet->flow_sent)
		return 0;
	COUNT(count->handled);
	record.hop.time_ns = bpf_ktime_get_ns();
	record.hop.journey = packet->journey;
	record.hop.skb = address;
	record.hop.cpu = bpf_get_smp_processor_id();
	record.hop.flags = HOP_FLOW | HOP_LINK;
	record.hop.lost = packet->lost;
	record.flow.parent = into;
	record.flow.link = link;
	send(count, packet, &record);
	return 0;
}

static __always_inline bool is_followed(const struct tracked *packet)
{
	return packet && packet->state != TRACKED_DEAD && !is_refused(packet);
}

static __noinline int on_birth(unsigned long child, unsigned long parent, __u8 link)
{
	struct tracked *from, *known;
	struct tracked fresh = {};
	struct counters *count;

	if (!armed || !child)
		return 0;
	from = parent ? find_tracked(parent) : NULL;
	known = find_tracked(child);
	if (!from) {
		/* The compiler would join the two tests by "|", which is nothing for pointers to the verifier. */
		asm volatile("" ::: "memory");
		if (!known)
			return 0;
	}
	count = my_counters();
	if (!count)
		return 0;
	/* Told already, by a probe that knows the kind better. */
	if (from && known && from->journey && known->parent == from->journey && !known->flow_sent)
		return 0;
	if (is_followed(from))
		fresh.journey = next_journey(count);
	if (link == LINK_REASSEMBLY) {
		join(count, parent, fresh.journey, link);
		join(count, child, fresh.journey, link);
	}
	if (known)
		end_reused(count, known, child);
	if (!from || from->state == TRACKED_DEAD)
		return 0;
	/* What comes from a packet that is not followed would have no beginning. */
	if (is_refused(from)) {
		fresh.state = from->state;
		remember(child, &fresh);
		return 0;
	}
	/* Fragments are made one from another; all come from the packet that was cut up. */
	fresh.parent = link == LINK_FRAGMENT && from->link == LINK_FRAGMENT ? from->parent : from->journey;
	fresh.link = from->marks & TRACKED_SEGMENTING && link == LINK_CLONE ? LINK_SEGMENT : link;
	/* No hop is lost yet, but the packet is out of sight: one event of the account stands for it. */
	if (!remember(child, &fresh)) {
		COUNT(count->handled);
		COUNT_LOSS(count, tracking);
	}
	return 0;
}

/*
 * What is being joined on this CPU, by GRO and by reassembly: both run with softirqs off, and not inside
 * themselves.
 */
struct joining {
	__u64 skb;		/* GRO: the packet that is taken in; reassembly: the whole */
	__u64 into;		/* journey of the packet that takes others in; 0: it is not followed */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct joining);
} merging SEC(".maps"), reassembling SEC(".maps");

static __noinline int on_merging(unsigned long into, unsigned long skb)
{
	__u32 zero = 0;
	struct joining *merge;
	struct tracked *older;

	if (!has_followed)
		return 0;
	merge = bpf_map_lookup_elem(&merging, &zero);
	older = find_tracked(into);
	if (!merge)
		return 0;
	merge->skb = skb;
	merge->into = older ? older->journey : 0;
	return 0;
}

static __noinline int on_merged(int error)
{
	__u32 zero = 0;
	struct counters *count;
	struct joining *merge;

	if (!has_followed || error)
		return 0;
	count = my_counters();
	merge = bpf_map_lookup_elem(&merging, &zero);
	return !count || !merge ? 0 : join(count, merge->skb, merge->into, LINK_MERGE);
}

static __noinline int on_queued(unsigned long skb)
{
	struct tracked *packet = find_tracked(skb);

	if (packet)
		packet->marks |= TRACKED_QUEUED;
	return 0;
}

static __noinline int on_reassembling(unsigned long whole)
{
	__u32 zero = 0;
	struct joining *join = bpf_map_lookup_elem(&reassembling, &zero);
	struct tracked *packet = find_tracked(whole);

	if (!join)
		return 0;
	join->skb = whole;
	join->into = is_followed(packet) ? packet->journey : 0;
	return 0;
}

/* Fragments of a packet of 64 KiB, at the least MTU that Linux fragments to (552, ip_rt_min_pmtu). */
#define MAX_FRAGMENTS 128

/* What was not freed on the way is chained to the whole. */
static __noinline int on_reassembled(const void *context)
{
	__u32 zero = 0;
	struct counters *count = my_counters();
	struct joining *whole = bpf_map_lookup_elem(&reassembling, &zero);
	const struct skb_shared_info *shared;
	const struct sk_buff *skb;

	(void)context;
	if (!count || !whole || !whole->skb)
		return 0;
	skb = (const struct sk_buff *)whole->skb;
	whole->skb = 0;
	shared = (const void *)(BPF_CORE_READ(skb, head) + BPF_CORE_READ(skb, end));
	skb = BPF_CORE_READ(shared, frag_list);
	for (int n = 0; n < MAX_FRAGMENTS && skb; n++) {
		join(count, (__u64)skb, whole->into, LINK_REASSEMBLY);
		skb = BPF_CORE_READ(skb, next);
	}
	return 0;
}

/*
 * Reassembly and sockets free so what they have taken the data out of: on_freed() comes next. Not from
 * here: its calls are the deepest, and conditions need what stack is left.
 */
static __noinline int on_emptied(unsigned long skb)
{
	__u32 zero = 0;
	__u64 key = skb;
	struct counters *count;
	struct joining *whole;
	struct tracked *packet;

	if (!has_followed)
		return 0;
	count = my_counters();
	whole = bpf_map_lookup_elem(&reassembling, &zero);
	packet = find_tracked(key);
	if (count && whole && whole->skb && packet && packet->marks & TRACKED_QUEUED)
		join(count, key, whole->into, LINK_REASSEMBLY);
	return 0;
}

static __noinline int on_segmenting(unsigned long skb)
{
	struct tracked *packet = find_tracked(skb);

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
LIFE_PROBE(queued, on_queued(PT_REGS_PARM2(ctx)))
LIFE_PROBE(reassembling_begins, on_reassembling(PT_REGS_PARM2(ctx)))
LIFE_PROBE(reassembling_ends, on_reassembled(ctx))
LIFE_PROBE(end_emptied, (on_emptied(PT_REGS_PARM1(ctx)), on_freed(ctx, PT_REGS_PARM1(ctx))))
LIFE_PROBE(merging_begins, on_merging(PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx)))
/* When the function returns. */
LIFE_PROBE(merging_ends, on_merged(PT_REGS_RC(ctx)))
