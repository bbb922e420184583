/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/* pcap expressions: about the packet itself, and about the one in a tunnel. */
#pragma once

#include "inject.h"
#include "packet_view.h"

#define ETH_HLEN 14		/* include/uapi/linux/if_ether.h */
#define NO_MAC_HEADER 0xffff	/* include/linux/skbuff.h, skb_mac_header_was_set() */

/* An expression that has the word vlan sees tags that the device took off, as on the wire. */
const volatile __u8 shows_removed_tag = 0;

/* Written by user space from Filter.pcap_expression and inner_pcap_expression; 0: no match. */
INJECTED_IN_SIZES(pcap_matches, 4096, (const struct packet_view *view), "r"(view))

INJECTED(inner_pcap_matches, const struct packet_view *view)
ROOM_FOR(4096, "r"(view))

/* The tag {TPID, TCI} that the sk_buff carries beside the packet, as it was in the packet; 0: none. */
static __always_inline __u32 removed_tag(const struct sk_buff *skb)
{
	const struct sk_buff___with_vlan_present *old = (const void *)skb;
	__u16 protocol = BPF_CORE_READ(skb, vlan_proto);

	/* Until Linux 6.2 protocol and TCI stay as they were when the tag goes. */
	if (bpf_core_field_exists(old->vlan_present) && !BPF_CORE_READ_BITFIELD_PROBED(old, vlan_present))
		return 0;
	return protocol ? protocol | (__u32)bpf_htons(BPF_CORE_READ(skb, vlan_tci)) << 16 : 0;
}

static __always_inline void view_from(struct packet_view *view, const struct sk_buff *skb,
				      enum view_layer layer, unsigned char *start, __u32 tag)
{
	unsigned char *end = BPF_CORE_READ(skb, head) + BPF_CORE_READ(skb, tail);

	fill_view(view, layer, start, end, BPF_CORE_READ(skb, len) + (BPF_CORE_READ(skb, data) - start), tag);
}

/*
 * Fills @view, which must be zero, with the packet itself. Its Ethernet header is where it
 * should be when it lies before the network header; one of an outer packet that was taken
 * off, or of an inner one, does not.
 */
static __noinline int view_packet(const struct sk_buff *skb, struct packet_view *view)
{
	unsigned char *head = BPF_CORE_READ(skb, head);
	__u32 network = BPF_CORE_READ(skb, network_header);
	__u16 mac = BPF_CORE_READ(skb, mac_header);

	/* As in ip_header(): not set yet. */
	if (!network && BPF_CORE_READ(skb, protocol))
		network = BPF_CORE_READ(skb, data) - head;
	if (mac != NO_MAC_HEADER && mac + ETH_HLEN <= network)
		view_from(view, skb, LAYER_ETHERNET, head + mac, shows_removed_tag ? removed_tag(skb) : 0);
	else if (network)
		view_from(view, skb, LAYER_NETWORK, head + network, 0);
	return 0;
}

/* Fills @view, which must be zero, with the packet that @skb has in a tunnel; none: leaves it. */
static __noinline int view_inner_packet(const struct sk_buff *skb, struct packet_view *view)
{
	struct flow_record outer = {};
	union ip_start start;
	unsigned char *at = parse_network(skb, &start, &outer);
	enum view_layer layer;

	if (!at || outer.flags & FLOW_LATER_FRAGMENT)
		return 0;
	at = behind_tunnel_header(at, outer.l4_protocol, &layer);
	if (at)
		view_from(view, skb, layer, at, 0);
	return 0;
}

static __noinline int pcap_holds(const struct sk_buff *skb)
{
	struct packet_view view = {};

	view_packet(skb, &view);
	return CALL_INJECTED(pcap_matches, &view);
}

static __noinline int inner_pcap_holds(const struct sk_buff *skb)
{
	struct packet_view view = {};

	view_inner_packet(skb, &view);
	return inner_pcap_matches(&view);
}
