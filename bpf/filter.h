/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * The conditions of Filter.allow and Filter.deny. User space writes the comparisons,
 * src/filter/compile.ts: exactly those that were asked for. Here the values are gathered
 * that they compare, those of the flow aside.
 */
#pragma once

#include "flow.h"
#include "inject.h"
#include "place.h"

/* Bits of asked_fields: the members of struct packet_fields that the comparisons read. */
enum packet_field {
	FIELD_MARK = 1,
	FIELD_LENGTH = 2,
	FIELD_NETNS = 4,
	FIELD_INTERFACE = 8,
	FIELD_CGROUP = 16,
};

/* Set before load: what nobody asks for is not read, and the verifier removes the reading. */
const volatile enum packet_field asked_fields = 0;

/* What the kernel knows of a packet. src/filter/packet-fields.ts reads this layout. */
struct packet_fields {
	__u64 cgroup;		/* id of the socket's control group; 0: no socket */
	char interface[IFNAMSIZ];	/* zero behind the name; empty: no device */
	__u32 mark;
	__u32 length;		/* bytes */
	__u32 netns;		/* inode number; 0: not known */
	__u32 reserved;
};
_Static_assert(sizeof(struct packet_fields) == 40, "packet_fields moved: src/filter/packet-fields.ts reads it");

/* Linux 5.10: a tagged pointer, where the lowest bits tell that it is none. */
struct sock_cgroup_data___tagged {
	__u64 val;
} __attribute__((preserve_access_index));
#define CGROUP_TAG_BITS 3

/* include/net/tcp_states.h: what is in these states is no struct sock (sk_fullsock) */
#define TCP_TIME_WAIT 6
#define TCP_NEW_SYN_RECV 12

static __always_inline __u64 cgroup_of(const struct sk_buff *skb)
{
	struct sock *sk = BPF_CORE_READ(skb, sk);
	struct cgroup *cgroup;
	__u8 state;

	if (!sk)
		return 0;
	state = BPF_CORE_READ(sk, __sk_common.skc_state);
	if (state == TCP_TIME_WAIT || state == TCP_NEW_SYN_RECV)
		return 0;
	if (bpf_core_field_exists(sk->sk_cgrp_data.cgroup)) {
		cgroup = BPF_CORE_READ(sk, sk_cgrp_data.cgroup);
	} else {
		struct sock_cgroup_data___tagged *data = (void *)&sk->sk_cgrp_data;
		__u64 value = BPF_CORE_READ(data, val);

		cgroup = value & CGROUP_TAG_BITS ? NULL : (struct cgroup *)value;
	}
	return cgroup ? BPF_CORE_READ(cgroup, kn, id) : 0;
}

static __always_inline void gather_fields(const struct sk_buff *skb, struct packet_fields *fields)
{
	struct place place = {};

	if (asked_fields & (FIELD_NETNS | FIELD_INTERFACE))
		find_place(skb, &place);
	if (asked_fields & FIELD_MARK)
		fields->mark = BPF_CORE_READ(skb, mark);
	if (asked_fields & FIELD_LENGTH)
		fields->length = BPF_CORE_READ(skb, len);
	if (asked_fields & FIELD_NETNS)
		fields->netns = place.netns;
	/* As a string: the kernel leaves the end of an older, longer name behind the zero. */
	if (asked_fields & FIELD_INTERFACE && place.dev)
		bpf_probe_read_kernel_str(fields->interface, sizeof(fields->interface), &place.dev->name);
	if (asked_fields & FIELD_CGROUP)
		fields->cgroup = cgroup_of(skb);
}

/* Written by user space from Filter.allow and Filter.deny; 0: no match. */
INJECTED_IN_SIZES(flow_matches, 4096, (const struct flow_record *flow, const struct packet_fields *fields),
		  "r"(flow), "r"(fields))

/* A trace without these conditions has none of this in its programs. */
static __always_inline bool filter_passes(const struct sk_buff *skb, const struct flow_record *flow)
{
	struct packet_fields fields = {};

	if (!IS_INJECTED(flow_matches))
		return true;
	gather_fields(skb, &fields);
	return CALL_INJECTED(flow_matches, flow, &fields);
}
