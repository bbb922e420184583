/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * Following packets.
 *
 * Problem: the kernel gives packets no identity and reuses their memory at once.
 * Choice:  a packet is asked once whether it matches; from then on its sk_buff is
 *          followed by address, also when the headers change, until one of the
 *          places where the kernel frees an sk_buff is seen (see lifecycle.h).
 * Limits:  a packet whose record did not get into the ring is not forgotten: the next
 *          record of its journey says how many are missing, and when it was the last one,
 *          the entry stays and tells until its address is taken by another packet. Then a record
 *          of its own tells, or, while the ring is full, the map of untold ends.
 *          A packet that is forgotten to make room for others and seen again is a new one here; its
 *          first record has what user space needs to know it again (deaths).
 */
#pragma once

#include "admit.h"
#include "hop.h"
#include "maps.h"
#include "match.h"
#include "parse.h"

/*
 * A journey number: 12 bits of CPU, 38 of journeys on that CPU, 2 of context; below 2^53
 * for JavaScript's sake.
 */
#define JOURNEY_CPU_SHIFT 40
#define JOURNEY_CONTEXT_BITS 2

/*
 * An atomic add that returns the sum came with Linux 5.12, so the sum is read afterwards,
 * and an interrupt in between that takes a number itself could read the same one. The
 * depth of contexts tells the two apart: at one depth, every number is larger than the last.
 * There are four at most, because tracing programs run with preemption disabled.
 */
static __always_inline __u64 next_journey(struct counters *count)
{
	__u64 cpu = bpf_get_smp_processor_id();
	__u64 number;

	__sync_fetch_and_add(&count->numbering, 1);
	__sync_fetch_and_add(&count->journeys, 1);
	number = (*(volatile __u64 *)&count->journeys << JOURNEY_CONTEXT_BITS) +
		 *(volatile __u64 *)&count->numbering - 1;
	__sync_fetch_and_add(&count->numbering, -1);
	return (cpu << JOURNEY_CPU_SHIFT) + number;
}

/* The entry of a packet that has just matched, or NULL when it cannot be remembered. */
static __always_inline struct tracked *follow(struct counters *count, __u64 key, __u32 state)
{
	struct tracked fresh = { .state = state };

	COUNT(count->matched);
	if (state == TRACKED_OPEN)
		fresh.journey = next_journey(count);
	if (!remember(key, &fresh))
		return NULL;
	return bpf_map_lookup_elem(&tracked, &key);
}

/* This address's number in the table of deaths; NULL where they are not counted. Fibonacci hashing (Knuth, TAOCP 6.4). */
static __always_inline __u32 *deaths_at(__u64 address)
{
	__u32 bucket = address * 0x9e3779b97f4a7c15ULL >> (64 - DEATH_BITS);

	return bpf_map_lookup_elem(&deaths, &bucket);
}

/* What has been at this address is gone. */
static __always_inline void note_death(__u64 address)
{
	__u32 *count = deaths_at(address);

	if (count)
		COUNT(*count);
}

/* Whether it is the packet that ends, not only its journey. */
static __always_inline bool is_death(const struct hit *hit)
{
	return hit->flags & HOP_END && hit->end_reason != END_EGRESS;
}

/* flow_record.deaths of a packet; its own is not among them. */
static __always_inline __u32 deaths_before(__u64 address, const struct hit *hit)
{
	__u32 *count = deaths_at(address);

	return count ? *count + 1 - is_death(hit) : 0;
}

/* After an egress function the packet goes on, in a journey of its own. */
static __always_inline void continue_journey(struct counters *count, struct tracked *packet)
{
	packet->parent = packet->journey;
	packet->link = LINK_CONTINUATION;
	packet->journey = next_journey(count);
	packet->lost = 0;
	packet->flow_sent = 0;
	packet->state = TRACKED_OPEN;
}

/* Ends what an end ends: the journey (egress) or the packet (everything else). */
static __always_inline void finish(struct tracked *packet, __u64 key, const struct hit *hit, bool sent)
{
	if (!(hit->flags & HOP_END))
		return;
	if (hit->end_reason != END_EGRESS && sent)
		bpf_map_delete_elem(&tracked, &key);
	else if (hit->end_reason != END_EGRESS)
		packet->state = TRACKED_DEAD;
	else if (sent)
		packet->state = TRACKED_EGRESS;
	/* Else the journey goes on, and says that a hop is missing. */
}

/*
 * The sk_buff at this address died unseen, or its end found the ring full: its journey ends here,
 * whatever follows is another packet. The record that says so is no event of a function: one that
 * finds the ring full has lost nothing, and user space asks for it (untold). Not inlined: it has a record of its own on the stack.
 */
static __noinline int end_reused(struct counters *count, struct tracked *stale, __u64 key)
{
	struct hop_record record = {};

	if (stale->state != TRACKED_EGRESS && stale->flow_sent) {
		record.time_ns = bpf_ktime_get_ns();
		record.journey = stale->journey;
		record.skb = key;
		record.cpu = bpf_get_smp_processor_id();
		record.flags = HOP_END;
		record.end_reason = stale->marks & TRACKED_JOINED ? END_CONSUMED : END_REUSED;
		record.lost = stale->lost;
		if (!bpf_ringbuf_output(&ring, &record, sizeof(record), 0))
			COUNT(count->handled);
		else
			bpf_map_update_elem(&untold, &record.journey, &record.lost, BPF_ANY);
	}
	bpf_map_delete_elem(&tracked, &key);
	note_death(key);
	return 0;
}

/*
 * Whether another packet has the memory of one whose end no tracepoint told, as of datagrams that
 * were read on Linux 6.18 and later: it came in, and now one is sent that never did. A packet that
 * is forwarded keeps the interface where it came in (skb_iif); namespaces and tunnels forget it
 * only while they send.
 */
static __always_inline bool is_successor(const struct sk_buff *skb, const struct tracked *packet,
					 const struct hit *hit)
{
	return packet->marks & TRACKED_RECEIVED && hit->side == SIDE_SEND && !BPF_CORE_READ(skb, skb_iif);
}

/* Notes which way a packet goes. */
static __always_inline void mark_side(struct tracked *packet, const struct hit *hit)
{
	if (hit->side == SIDE_RECEIVE)
		packet->marks |= TRACKED_RECEIVED;
	if (hit->side == SIDE_SEND)
		packet->marks &= ~TRACKED_RECEIVED;
}

/* One event of a packet that is not followed, though it matches. Not inlined: on_hit() has no stack to spare. */
static __noinline int leave_out(struct counters *count, struct tracked *packet, __u64 key, const struct hit *hit)
{
	if (packet->state == TRACKED_TOO_MANY)
		COUNT_LOSS(count, rate);
	else
		COUNT_LOSS(count, sampling);
	mark_side(packet, hit);
	if (is_death(hit))
		bpf_map_delete_elem(&tracked, &key);
	return 0;
}

/*
 * One probe was hit by one packet: the whole life of an event in the kernel. Not
 * inlined, so that 80 programs share one copy in the object file.
 */
static __noinline int on_hit(struct sk_buff *skb, const struct hit *hit)
{
	bool is_row = hit->flags & HOP_ROW;
	struct full_record record;
	struct counters *count;
	struct tracked *packet;
	__u64 key = (__u64)skb;
	bool is_ip = false;

	if (!armed || !skb)
		return 0;
	if (has_followed && is_death(hit))
		note_death(key);
	packet = find_tracked(key);
	/* Not a traced function: it matters only as the end of a journey that is open. */
	if (!is_row && !packet)
		return 0;
	count = my_counters();
	if (!count)
		return 0;
	if (packet && (packet->state == TRACKED_DEAD || is_successor(skb, packet, hit))) {
		end_reused(count, packet, key);
		packet = NULL;
	}
	if (!is_row) {
		if (!packet)
			return 0;
		/* The latter: a copy that no traced function has seen, or a packet that is not followed. */
		if (packet->state == TRACKED_EGRESS || (!packet->flow_sent && !packet->lost)) {
			bpf_map_delete_elem(&tracked, &key);
			return 0;
		}
	}
	if (packet && is_refused(packet)) {
		COUNT(count->handled);
		return leave_out(count, packet, key, hit);
	}
	if (!packet && hit->follow_only) {
		COUNT(count->filtered);
		return 0;
	}
	__builtin_memset(&record.flow, 0, sizeof(record.flow));
	if (!packet || !packet->flow_sent || is_row)
		is_ip = parse_flow(skb, &record.flow);
	if (!packet && !packet_matches(skb, &record.flow, is_ip)) {
		COUNT(count->filtered);
		return 0;
	}
	COUNT(count->handled);
	__builtin_memset(&record.hop, 0, sizeof(record.hop));
	record.hop.time_ns = bpf_ktime_get_ns();
	if (!packet) {
		packet = follow(count, key, may_refuse ? admit(&record.flow, record.hop.time_ns) : TRACKED_OPEN);
		if (!packet) {
			COUNT_LOSS(count, tracking);
			return 0;
		}
		if (is_refused(packet))
			return leave_out(count, packet, key, hit);
	} else if (packet->state == TRACKED_EGRESS) {
		continue_journey(count, packet);
	}
	mark_side(packet, hit);
	fill_hop(&record.hop, skb, packet, hit);
	mark_flow(skb, packet, &record, is_ip);
	if (!packet->flow_sent)
		record.flow.deaths = deaths_before(key, hit);
	finish(packet, key, hit, send(count, packet, &record));
	return 0;
}
