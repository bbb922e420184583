/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * Where a packet is: its network namespace and its interface, whose name user space is
 * told the first time, and again when it was renamed.
 */
#pragma once

#include "kernel_types.h"
#include "maps.h"

/*
 * Numbers of namespaces are those of proc files, which begin here (PROC_DYNAMIC_FIRST of
 * fs/proc/generic.c, less the few of include/uapi/linux/nsfs.h that are fixed).
 */
#define FIRST_NAMESPACE 0xeffffff0U

struct place {
	const struct net_device *dev;	/* NULL: none */
	__u32 netns;			/* 0: not known */
	__u32 ifindex;
};

/*
 * skb->dev shares its memory with what sockets keep there while a packet is in their
 * queues (dev_scratch of UDP, the tree of TCP): what does not look like an interface is none.
 */
static __always_inline void find_place(const struct sk_buff *skb, struct place *place)
{
	const struct net_device *dev = BPF_CORE_READ(skb, dev);
	struct sock *sk;

	place->netns = dev ? BPF_CORE_READ(dev, nd_net.net, ns.inum) : 0;
	if (place->netns >= FIRST_NAMESPACE) {
		place->dev = dev;
		place->ifindex = BPF_CORE_READ(dev, ifindex);
		return;
	}
	sk = BPF_CORE_READ(skb, sk);
	place->netns = sk ? BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum) : 0;
	if (place->netns < FIRST_NAMESPACE)
		place->netns = 0;
}

static __always_inline bool is_same_name(const struct interface_name *a, const struct interface_name *b)
{
	const __u64 *x = (const __u64 *)a, *y = (const __u64 *)b;

	return x[0] == y[0] && x[1] == y[1];
}

/* Tells user space the name of a place that is new for @packet. No room in the ring: the next hop tries again. */
static __always_inline void tell_interface(struct tracked *packet, const struct place *place)
{
	struct interface_record record = { .netns = place->netns, .ifindex = place->ifindex };
	struct interface_key key = { .netns = place->netns, .ifindex = place->ifindex };
	struct interface_name name = {}, *known;

	bpf_probe_read_kernel_str(&name, sizeof(name), &place->dev->name);
	known = bpf_map_lookup_elem(&interfaces, &key);
	if (!known || !is_same_name(known, &name)) {
		__builtin_memcpy(record.name, &name, sizeof(name));
		if (bpf_ringbuf_output(&ring, &record, sizeof(record), 0))
			return;
		bpf_map_update_elem(&interfaces, &key, &name, BPF_ANY);
	}
	packet->netns = place->netns;
	packet->ifindex = place->ifindex;
}
