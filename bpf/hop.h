/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * The record of one hop: what a probe knows about its hit, what the packet tells there, and
 * the way into the ring.
 */
#pragma once

#include "custom.h"
#include "flow.h"
#include "maps.h"
#include "place.h"
#include "sender.h"

/* Which hops tell their call stack: enum stack_mode. */
const volatile __u8 stack_mode = 0;

enum stack_mode {
	STACKS_NONE = 0,
	STACKS_OF_DROPS = 1,
	STACKS_OF_ALL = 2,
};

/* Which way a packet goes where it is seen, as far as that place tells. */
enum hit_side {
	SIDE_UNKNOWN = 0,
	SIDE_RECEIVE = 1,	/* from a device up the stack */
	SIDE_SEND = 2,		/* down to a device */
};

/* What a probe knows about its hit. */
struct hit {
	void *context;		/* the program's, for the call stack */
	__u64 function;		/* hop_record.function */
	__u8 flags;		/* HOP_ROW, HOP_END */
	__u8 end_reason;	/* enum end_reason */
	__u8 follow_only;	/* never start a journey: unwanted, or the pointer may be stale */
	__u8 side;		/* enum hit_side */
	__u32 drop_reason;
	__u32 location;		/* hop_record.location */
};

/* A packet that frees what was joined to it (skb_release_data) does so as if it dropped it. */
static __always_inline __u8 end_reason_of(const struct tracked *packet, const struct hit *hit)
{
	return hit->end_reason == END_DROPPED && packet->marks & TRACKED_JOINED ? END_CONSUMED : hit->end_reason;
}

static __always_inline __u32 stack_of(const struct hit *hit, __u8 end_reason)
{
	long id;

	if (stack_mode == STACKS_NONE || (stack_mode == STACKS_OF_DROPS && end_reason != END_DROPPED))
		return 0;
	id = bpf_get_stackid(hit->context, &stacks, 0);
	return id < 0 ? STACK_LOST : id + 1;
}

static __always_inline void fill_hop(struct hop_record *hop, const struct sk_buff *skb,
				     struct tracked *packet, const struct hit *hit)
{
	struct place place = {};

	find_place(skb, &place);
	if (place.dev && (place.ifindex != packet->ifindex || place.netns != packet->netns))
		tell_interface(packet, &place);
	hop->journey = packet->journey;
	hop->skb = (__u64)skb;
	hop->function = hit->function;
	hop->length = BPF_CORE_READ(skb, len);
	hop->ifindex = place.ifindex;
	hop->netns = place.netns;
	hop->cpu = bpf_get_smp_processor_id();
	hop->flags = hit->flags;
	hop->end_reason = end_reason_of(packet, hit);
	hop->stack = stack_of(hit, hop->end_reason);
	if (hop->end_reason == END_DROPPED) {
		hop->drop_reason = hit->drop_reason;
		hop->location = hit->location;
	}
	hop->lost = packet->lost;
}

/* False when the ring has no room. */
static __always_inline bool put(struct full_record *record)
{
	__u32 size = record->hop.flags & HOP_FLOW ? sizeof(*record) : sizeof(record->hop);

	if (has_collect_custom && record->hop.flags & HOP_ROW)
		return send_with_custom(record);
	return !bpf_ringbuf_output(&ring, record, size, 0);
}

/* Sends one record; the only place that can lose one, and that counts it. False when it was lost. */
static __always_inline bool send(struct counters *count, struct tracked *packet,
				 struct full_record *record)
{
	if (!put(record)) {
		COUNT_LOSS(count, ring);
		packet->lost++;
		return false;
	}
	if (record->hop.flags & HOP_FLOW && !(record->hop.flags & HOP_LINK))
		packet->flow_hash = flow_hash(&record->flow);
	packet->flow_sent = 1;
	return true;
}

/*
 * Which flow goes with the record: with the first one that user space gets, the packet's
 * own; later, one that has changed (NAT, encapsulation). What cannot be parsed, because a
 * header is being moved, is no change.
 */
static __always_inline void mark_flow(const struct sk_buff *skb, struct tracked *packet,
				      struct full_record *record, bool is_ip)
{
	if (!packet->flow_sent) {
		/* Only the first sight tells: later ones may be anybody's. */
		if (!packet->lost && record->hop.flags & HOP_ROW)
			tell_sender(skb, &record->flow);
		record->flow.parent = packet->parent;
		record->flow.link = packet->link;
		record->hop.flags |= HOP_FLOW;
	} else if (is_ip && record->hop.flags & HOP_ROW && flow_hash(&record->flow) != packet->flow_hash) {
		record->hop.flags |= HOP_FLOW | HOP_CHANGED;
	}
}
