/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * A packet as expressions see it: from its Ethernet header, or from its network header where
 * the kernel has no Ethernet header for it (yet, or any more). An expression is compiled for
 * both; the view says which one is meant.
 *
 * Limits: only the linear part of an sk_buff can be read. What lies in fragments is out of
 *         bounds, and no expression that looks there matches.
 */
#pragma once

#include "tunnel.h"

#define MAC_ADDRESSES 12	/* the bytes before the EtherType, or before a VLAN tag */

/* Ethernet, IPv6 and the ports: most expressions look no further. */
#define VIEW_HEAD 64

/* src/ebpf/view.ts reads this layout; test/bpf/layout.test.ts compares. */
struct packet_view {
	__u8 head[VIEW_HEAD];	/* its first bytes; zero behind its end */
	__u64 rest;		/* byte n is at the address rest + n, for n >= VIEW_HEAD - 4 */
	__u32 captured;		/* bytes that can be read */
	__u32 length;		/* bytes of the whole packet */
	enum view_layer layer;
	__u32 reserved;
};

/* What @view needs of a packet that lies in [start, end), @length bytes long, with @tag to be put back. */
static __always_inline void fill_view(struct packet_view *view, enum view_layer layer, unsigned char *start,
				      unsigned char *end, __u32 length, __u32 tag)
{
	__u32 inserted = tag ? VLAN_HLEN : 0;
	__u32 before = tag ? MAC_ADDRESSES : 0;
	__u32 size;

	if (start + before >= end)
		return;
	view->layer = layer;
	view->rest = (__u64)start - inserted;
	view->captured = end - start + inserted;
	view->length = length + inserted;
	size = end - start - before;
	if (tag) {
		bpf_probe_read_kernel(view->head, MAC_ADDRESSES, start);
		__builtin_memcpy(view->head + MAC_ADDRESSES, &tag, VLAN_HLEN);
		if (size > VIEW_HEAD - MAC_ADDRESSES - VLAN_HLEN)
			size = VIEW_HEAD - MAC_ADDRESSES - VLAN_HLEN;
		bpf_probe_read_kernel(view->head + MAC_ADDRESSES + VLAN_HLEN, size, start + MAC_ADDRESSES);
	} else {
		if (size > VIEW_HEAD)
			size = VIEW_HEAD;
		bpf_probe_read_kernel(view->head, size, start);
	}
}
