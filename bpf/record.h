/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * What travels through the ring buffer: one hop_record for each function that saw a
 * followed packet, with a flow_record behind it where the packet's headers are told; and
 * an interface_record where a packet meets an interface that user space does not know.
 * The sizes tell the kinds apart.
 *
 * src/decode/layout.ts reads this layout; test/bpf/layout.test.ts compares it, offset
 * by offset, with the BTF of the built object.
 */
#pragma once

#include <linux/types.h>

/* Bits of hop_record.flags. */
enum hop_flag {
	HOP_ROW = 1,	/* the function is one of those traced: a row of the journey */
	HOP_FLOW = 2,	/* a flow_record follows */
	HOP_END = 4,	/* the journey ends here; end_reason says why */
	HOP_CHANGED = 8,	/* the flow that follows is not that of the hop before */
	HOP_LINK = 16,	/* the packet went into another: parent and link of the flow that follows tell which, and how */
	HOP_CUSTOM = 32,	/* the block of the modules follows (custom.h) */
};

/* Values of hop_record.end_reason: those of EndReason in journey.proto. */
enum end_reason {
	END_NONE = 0,
	END_EGRESS = 1,
	END_DROPPED = 2,
	END_CONSUMED = 3,
	END_REUSED = 4,
};

/* Values of flow_record.link: those of LinkKind in journey.proto. */
enum link_kind {
	LINK_NONE = 0,
	LINK_CONTINUATION = 1,
	LINK_CLONE = 2,
	LINK_COPY = 3,
	LINK_SEGMENT = 4,
	LINK_MERGE = 5,
	LINK_FRAGMENT = 6,
	LINK_REASSEMBLY = 7,
};

struct hop_record {
	__u64 time_ns;		/* CLOCK_MONOTONIC, bpf_ktime_get_ns() */
	__u64 journey;		/* given when the packet matched, went on after an egress, or was made from another */
	__u64 skb;		/* address of the sk_buff: key of the tracking map, never sent to clients */
	__u64 function;		/* id of the function, or its instruction pointer (kprobe backend) */
	__u32 length;		/* skb->len, bytes */
	__u32 ifindex;		/* skb->dev->ifindex; 0: no device yet */
	__u32 netns;		/* inode number of the network namespace; 0: not known */
	__u32 stack;		/* id of the call stack in the map of stacks, plus 1; 0: not asked for; STACK_LOST */
	__u16 cpu;
	__u8 flags;		/* enum hop_flag */
	__u8 end_reason;	/* enum end_reason */
	__u32 drop_reason;	/* enum skb_drop_reason, where end_reason is END_DROPPED */
	__u32 lost;		/* hops of this journey that found the ring full, so far */
	__u32 location;		/* low half of the address that freed the packet, where end_reason is END_DROPPED */
};
_Static_assert(sizeof(struct hop_record) == 64, "hop_record moved: src/decode/layout.ts reads it");

/* The kernel did not keep it: another stack has its place in the map (-EEXIST), or it could not be walked. */
#define STACK_LOST 0xffffffffU

/* Bits of flow_record.flags. */
enum flow_flag {
	FLOW_ICMP = 1,			/* icmp_type and icmp_code are meaningful */
	FLOW_LATER_FRAGMENT = 2,	/* a fragment other than the first: no ports in it */
};

#define TASK_COMM_LEN 16	/* include/linux/sched.h */

struct flow_record {
	__u64 parent;		/* journey that this one came from (with HOP_LINK: went into); 0: none, or HOP_CHANGED */
	__u32 source[4];	/* network order; IPv4 in the first word */
	__u32 destination[4];
	__u16 source_port;	/* host order; 0: none */
	__u16 destination_port;
	__u16 l3_protocol;	/* EtherType, host order */
	__u8 l4_protocol;
	__u8 flags;		/* enum flow_flag */
	__u8 icmp_type;
	__u8 icmp_code;
	__u8 link;		/* enum link_kind: how it came from its parent */
	__u8 reserved;
	__u32 deaths;		/* packets that died at addresses like its own before, plus 1; 0: not counted (track.h) */
	__u32 pid;		/* process (thread group) that sent the packet; 0: none on this machine */
	__u32 tid;		/* its thread */
	char comm[TASK_COMM_LEN];	/* the thread's name */
};
_Static_assert(sizeof(struct flow_record) == 80, "flow_record moved: src/decode/layout.ts reads it");

#define IFNAMSIZ 16		/* include/uapi/linux/if.h */

/* The name of an interface: sent once, and again when it has changed. */
struct interface_record {
	__u32 netns;		/* inode number of its network namespace */
	__u32 ifindex;
	char name[IFNAMSIZ];
};
_Static_assert(sizeof(struct interface_record) == 24, "interface_record moved: src/decode/layout.ts reads it");
_Static_assert(sizeof(struct interface_record) < sizeof(struct hop_record), "sizes tell records apart");

/* Both records side by side, as they lie in the ring. */
struct full_record {
	struct hop_record hop;
	struct flow_record flow;
};

/*
 * Where the hits of all probes went. One per CPU; user space adds them up. Two cache lines of 64 bytes for
 * what is counted often: the processor fetches them in pairs, and no pair is to have two writers.
 */
struct counters {
	__u64 handled;		/* probe hits with a packet that is followed, or ought to be */
	__u64 filtered;		/* the others: the packet did not match */
	__u64 lost_ring;	/* of those handled: the ring was full */
	__u64 lost_tracking;	/* of these: the packet could not be followed */
	__u64 ring_first_ns;	/* when the ring was first found full, and when last; 0: never */
	__u64 ring_last_ns;
	__u64 tracking_first_ns;	/* the same of lost_tracking */
	__u64 tracking_last_ns;
	__u64 lost_rate;	/* of these: the packet is one too many in its second */
	__u64 rate_first_ns;	/* the same of lost_rate */
	__u64 rate_last_ns;
	__u64 lost_sampling;	/* of these: the packet's conversation is not in the sample */
	__u64 sampling_first_ns;	/* the same of lost_sampling */
	__u64 sampling_last_ns;
	__u64 matched;		/* packets that matched */
	__u64 journeys;		/* journey numbers given on this CPU */
	__u64 numbering;	/* contexts (task, softirq, hardirq, NMI) that are taking a number right now */
} __attribute__((aligned(128)));
_Static_assert(sizeof(struct counters) == 256, "counters moved: src/decode/layout.ts reads it");
