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
	/* From here on it is not followed. */
	TRACKED_TOO_MANY = 3,	/* there were too many in that second */
	TRACKED_SAMPLED_OUT = 4,	/* its conversation is not in the sample */
};

enum tracked_mark {
	TRACKED_SEGMENTING = 1,	/* skb_segment is cutting it up */
	TRACKED_RECEIVED = 2,	/* it came in, and was not sent since */
	TRACKED_QUEUED = 4,	/* it waits for the other fragments of its packet */
	TRACKED_JOINED = 8,	/* what is in it belongs to another packet, which frees it */
};

/* A packet that is being followed, or that must not be. */
struct tracked {
	__u64 journey;		/* number of its journey; 0: it is not followed */
	__u64 parent;		/* the journey that this one came from; 0: none */
	__u32 lost;		/* hops that found the ring full */
	__u8 flow_sent;		/* user space knows its flow */
	__u8 state;		/* enum tracked_state */
	__u8 link;		/* enum link_kind */
	__u8 marks;		/* enum tracked_mark */
	__u64 flow_hash;	/* of its flow at the last hop that could be parsed */
	__u32 netns;		/* where it is, once user space knows that interface's name */
	__u32 ifindex;
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

/*
 * Journeys whose packet is gone, and of which the ring, full, could not tell: how many of their hops found it
 * full, by journey number. User space looks here for what is not among the followed packets any more. They
 * are few, because the ring is full: packets that were under way when it was filling up, and whose
 * memory another one took. LRU: user space asks only when the journey is idle, or the trace ends.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, __u64);
	__type(value, __u32);
} untold SEC(".maps");

/*
 * Whether any packet was ever followed: until then nobody need look for one, and most probes of a trace
 * that waits for a rare packet cost nothing but this. In a section of its own, which no one else writes.
 */
volatile __u8 has_followed SEC(".data.followed") = 0;

/* What is known of the packet at an address; NULL: it is not followed. */
static __always_inline struct tracked *find_tracked(__u64 key)
{
	return has_followed ? bpf_map_lookup_elem(&tracked, &key) : NULL;
}

/* Follows a packet; false when there is no room. */
static __always_inline bool remember(__u64 key, const struct tracked *packet)
{
	if (!has_followed)
		has_followed = 1;
	return !bpf_map_update_elem(&tracked, &key, packet, BPF_ANY);
}

/*
 * One entry for each possible CPU, by its number. Not BPF_MAP_TYPE_PERCPU_ARRAY, which user space reads by a
 * system call alone: in it the kernel lets no probe run on its CPU (bpf_disable_instrumentation), and where
 * the thread is preempted meanwhile, packets pass unseen. This one lies in user space's memory.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct counters);
} counters SEC(".maps");

/* Buckets of the table of deaths: a power of two, 2 to the power of DEATH_BITS. */
#define DEATH_BITS 16

/*
 * How many packets died, by a hash of their address. When a packet matches whose address another one had
 * before, an equal number says that none died there in between: it is the same packet, which the map
 * above had forgotten. One entry where not every death is seen: then the others are not found, and nothing is told.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} deaths SEC(".maps");

/*
 * Set when everything is attached: a packet that passes while probes are still being set would get
 * a journey with holes that nothing tells of.
 */
volatile __u8 armed = 0;

/*
 * This CPU's counters; NULL while nothing is to be looked at. They are added to
 * atomically, because a probe in an interrupt may come between the load and the
 * store of another, and the account must be exact.
 */
static __always_inline struct counters *my_counters(void)
{
	__u32 cpu;

	if (!armed)
		return NULL;
	cpu = bpf_get_smp_processor_id();
	return bpf_map_lookup_elem(&counters, &cpu);
}

/* An interface within its namespace. */
struct interface_key {
	__u32 netns;
	__u32 ifindex;
};

struct interface_name {
	char text[IFNAMSIZ];
};

/* Names that user space knows. LRU: one that is forgotten is told again. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct interface_key);
	__type(value, struct interface_name);
} interfaces SEC(".maps");

/* Call stacks by id, for traces that ask for them; PERF_MAX_STACK_DEPTH of include/uapi/linux/perf_event.h. */
#define MAX_FRAMES 127

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, MAX_FRAMES * sizeof(__u64));
} stacks SEC(".maps");

#define COUNT(member) __sync_fetch_and_add(&(member), 1)

/* A loss, and when it was. Two contexts of one CPU may race for the first time: they lost at the same moment. */
#define COUNT_LOSS(count, what)							\
	do {									\
		COUNT((count)->lost_##what);					\
		(count)->what##_last_ns = bpf_ktime_get_ns();			\
		if (!(count)->what##_first_ns)					\
			(count)->what##_first_ns = (count)->what##_last_ns;	\
	} while (0)
