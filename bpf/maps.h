/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
#pragma once

#include "record.h"

/* Records on their way up. The size is set before load (TraceOptions.ring_bytes). */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 * 1024 * 1024);
} ring SEC(".maps");

enum tracked_state {
	TRACKED_OPEN = 0,
	TRACKED_EGRESS = 1,	/* the journey ended with an egress function; the packet lives on */
	TRACKED_DEAD = 2,	/* the packet is gone, but the record that says so was lost: user space asks here */
};

/* A packet that is being followed. */
struct tracked {
	__u64 journey;		/* number of its journey */
	__u64 parent;		/* the journey that this one came from; 0: none */
	__u32 lost;		/* hops that found the ring full */
	__u8 flow_sent;		/* user space knows its flow */
	__u8 state;		/* enum tracked_state */
	__u8 link;		/* enum link_kind */
	__u8 segmenting;	/* skb_segment is cutting it up */
	__u64 flow_hash;	/* of its flow at the last hop that could be parsed */
};

/*
 * Followed packets by address of the sk_buff. LRU: a packet whose end was not seen
 * must not take a place for ever.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, struct tracked);
} tracked SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct counters);
} counters SEC(".maps");

/*
 * This CPU's counters; NULL only in the verifier's eyes. They are added to
 * atomically, because a probe in an interrupt may come between the load and the
 * store of another, and the account must be exact.
 */
static __always_inline struct counters *my_counters(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&counters, &zero);
}

#define COUNT(member) __sync_fetch_and_add(&(member), 1)
