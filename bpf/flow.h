/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * From an sk_buff to the flow of its outermost IP header: IPv4 with options, IPv6
 * with extension headers, fragments, VLAN tags in the packet.
 */
#pragma once

#include "kernel_types.h"
#include "record.h"

#define ETH_P_IP 0x0800		/* include/uapi/linux/if_ether.h */
#define ETH_P_IPV6 0x86dd
#define ETH_P_8021Q 0x8100
#define ETH_P_8021AD 0x88a8
#define VLAN_HLEN 4

/* IANA protocol numbers; include/uapi/linux/in.h and in6.h */
#define PROTO_ICMP 1
#define PROTO_TCP 6
#define PROTO_UDP 17
#define PROTO_DCCP 33
#define PROTO_ICMPV6 58
#define PROTO_SCTP 132
#define PROTO_UDPLITE 136
#define EXT_HOP_BY_HOP 0
#define EXT_ROUTING 43
#define EXT_FRAGMENT 44
#define EXT_AUTHENTICATION 51
#define EXT_DESTINATION 60
#define EXT_MOBILITY 135
#define EXT_HIP 139
#define EXT_SHIM6 140

/* More extension headers than any sane packet has; the verifier needs a bound. */
#define MAX_EXTENSION_HEADERS 8

struct ipv4_header {
	__u8 version_ihl;
	__u8 tos;
	__be16 total_length;
	__be16 id;
	__be16 fragment;
	__u8 ttl;
	__u8 protocol;
	__be16 checksum;
	__u32 source;
	__u32 destination;
};

struct ipv6_header {
	__u8 version_class;
	__u8 class_label;
	__be16 label;
	__be16 payload_length;
	__u8 next_header;
	__u8 hop_limit;
	__u32 source[4];
	__u32 destination[4];
};

/* Every extension header that is walked begins so; a fragment header goes on with its offset. */
struct ipv6_extension {
	__u8 next_header;
	__u8 length;
	__be16 fragment;
};

static __always_inline bool is_vlan(__u16 protocol)
{
	return protocol == ETH_P_8021Q || protocol == ETH_P_8021AD;
}

/*
 * What of an sk_buff leads to its headers. The members from protocol to data lie side by side in every
 * kernel (include/linux/skbuff.h: 36 bytes, or 44 with CONFIG_KCOV), so that one read gets them all: it
 * is reads that a packet costs which does not match. Offsets are those of the running kernel.
 */
struct header_place {
	__u16 protocol;		/* EtherType, host order */
	__u16 network_header;
	unsigned char *head;
	unsigned char *data;
};

#define SPAN_BYTES 48
#define IN_SPAN(type, member)							\
	(*(type *)(span + (bpf_core_field_offset(struct sk_buff, member) - start)))

static __always_inline void read_header_place(const struct sk_buff *skb, struct header_place *place)
{
	__u8 span[SPAN_BYTES] __attribute__((aligned(8)));
	/* Members of eight bytes must stay at multiples of eight. */
	__u64 start = bpf_core_field_offset(struct sk_buff, protocol) & ~7UL;

	/* A number that the compiler does not know: it would make "|" of "+", which is no sum to the verifier. */
	asm volatile("" : "+r"(start));
	bpf_probe_read_kernel(span, sizeof(span), (void *)skb + start);
	place->protocol = bpf_ntohs(IN_SPAN(__be16, protocol));
	place->network_header = IN_SPAN(__u16, network_header);
	place->head = IN_SPAN(unsigned char *, head);
	place->data = IN_SPAN(unsigned char *, data);
}

/*
 * Where the IP header is, or NULL for a packet that is not IP.
 *
 * skb->network_header is 0 until the receive path has set it; the driver has then
 * pulled the link-layer header, so that skb->data is the place. skb->protocol is 0 in
 * the first functions of the transmit path, and lags behind the header in GSO (issue 8
 * of the original tool): a value that cannot be IP rules the packet out, the version
 * in the header itself decides the rest.
 */
static __always_inline unsigned char *ip_header(const struct header_place *place)
{
	__u16 protocol = place->protocol;
	__u16 offset = place->network_header;
	unsigned char *header = offset ? place->head + offset : place->data;
	__be16 tag[2] = {};

	/* Nothing is set yet: skb->data may be the sender's bytes, which must not pass for a header. */
	if (!protocol && !offset)
		return NULL;
	if (!is_vlan(protocol))
		return protocol == 0 || protocol == ETH_P_IP || protocol == ETH_P_IPV6 ? header : NULL;

	/* The header may point to the rest of a tag {TCI, EtherType} or behind it. */
	for (int i = 0; i < 2; i++) {
		bpf_probe_read_kernel(tag, sizeof(tag), header);
		protocol = bpf_ntohs(tag[1]);
		if (protocol != ETH_P_IP && protocol != ETH_P_IPV6 && !is_vlan(protocol))
			break;
		header += VLAN_HLEN;
		if (!is_vlan(protocol))
			break;
	}
	return header;
}

static __always_inline bool has_ports(__u8 protocol)
{
	return protocol == PROTO_TCP || protocol == PROTO_UDP || protocol == PROTO_SCTP ||
	       protocol == PROTO_DCCP || protocol == PROTO_UDPLITE;
}

static __always_inline bool is_walked_extension(__u8 header)
{
	return header == EXT_HOP_BY_HOP || header == EXT_ROUTING || header == EXT_FRAGMENT ||
	       header == EXT_AUTHENTICATION || header == EXT_DESTINATION || header == EXT_MOBILITY ||
	       header == EXT_HIP || header == EXT_SHIM6;
}

/* Bytes of an extension header. RFC 8200 §4: 8-octet units without the first; RFC 4302 §2.2: 4-octet units minus 2. */
static __always_inline __u32 extension_bytes(__u8 header, __u8 length)
{
	if (header == EXT_FRAGMENT)
		return 8;
	if (header == EXT_AUTHENTICATION)
		return ((__u32)length + 2) * 4;
	return ((__u32)length + 1) * 8;
}

/* Walks the extension headers behind an IPv6 header; returns where the transport header is. */
static __always_inline unsigned char *walk_extensions(unsigned char *at, __u8 next, struct flow_record *flow)
{
	struct ipv6_extension extension = {};

	for (int i = 0; i < MAX_EXTENSION_HEADERS; i++) {
		if (!is_walked_extension(next))
			break;
		if (bpf_probe_read_kernel(&extension, sizeof(extension), at))
			break;
		at += extension_bytes(next, extension.length);
		if (next == EXT_FRAGMENT && (bpf_ntohs(extension.fragment) & 0xfff8)) {
			flow->flags |= FLOW_LATER_FRAGMENT;
			next = extension.next_header;
			break;
		}
		next = extension.next_header;
	}
	flow->l4_protocol = next;
	return at;
}

/* The first bytes of the network header: all of IPv6's, and of IPv4's without options the ports behind it. */
union ip_start {
	struct ipv4_header v4;
	struct ipv6_header v6;
	__u8 bytes[40];
};
#define IPV4_HLEN 20
#define IPV4_WITHOUT_OPTIONS 0x45

static __always_inline unsigned char *parse_ipv4(unsigned char *at, const struct ipv4_header *header,
						 struct flow_record *flow)
{
	if ((header->version_ihl & 0xf) < 5)
		return NULL;
	flow->l3_protocol = ETH_P_IP;
	flow->l4_protocol = header->protocol;
	flow->source[0] = header->source;
	flow->destination[0] = header->destination;
	if (bpf_ntohs(header->fragment) & 0x1fff)
		flow->flags |= FLOW_LATER_FRAGMENT;
	return at + (header->version_ihl & 0xf) * 4;
}

static __always_inline unsigned char *parse_ipv6(unsigned char *at, const struct ipv6_header *header,
						 struct flow_record *flow)
{
	flow->l3_protocol = ETH_P_IPV6;
	__builtin_memcpy(flow->source, header->source, sizeof(flow->source));
	__builtin_memcpy(flow->destination, header->destination, sizeof(flow->destination));
	return walk_extensions(at + sizeof(*header), header->next_header, flow);
}

/* @at is where the transport header is; @start has it, too, behind an IPv4 header without options. */
static __always_inline void parse_transport(unsigned char *at, const union ip_start *start, struct flow_record *flow)
{
	bool ports = has_ports(flow->l4_protocol);
	__u8 bytes[4] = {};

	if (flow->flags & FLOW_LATER_FRAGMENT)
		return;
	if (!ports && flow->l4_protocol != PROTO_ICMP && flow->l4_protocol != PROTO_ICMPV6)
		return;
	if (start->bytes[0] == IPV4_WITHOUT_OPTIONS)
		__builtin_memcpy(bytes, start->bytes + IPV4_HLEN, sizeof(bytes));
	else
		bpf_probe_read_kernel(bytes, sizeof(bytes), at);
	if (ports) {
		flow->source_port = bytes[0] << 8 | bytes[1];
		flow->destination_port = bytes[2] << 8 | bytes[3];
	} else {
		flow->icmp_type = bytes[0];
		flow->icmp_code = bytes[1];
		flow->flags |= FLOW_ICMP;
	}
}

/* One step of FNV-1a (Fowler, Noll, Vo) on words instead of bytes: enough to see a change. */
static __always_inline __u64 hash_step(__u64 hash, __u64 word)
{
	return (hash ^ word) * 0x100000001b3ULL;
}

/*
 * A number for what makes a packet's flow: addresses, ports, protocols. Two different
 * flows have the same one in 1 of 2^64 cases; then a change goes untold.
 */
static __always_inline __u64 flow_hash(const struct flow_record *flow)
{
	__u64 hash = 0xcbf29ce484222325ULL;

	for (int i = 0; i < 4; i++)
		hash = hash_step(hash, (__u64)flow->source[i] << 32 | flow->destination[i]);
	return hash_step(hash, (__u64)flow->l3_protocol << 48 | (__u64)flow->l4_protocol << 32 |
				       (__u32)flow->source_port << 16 | flow->destination_port);
}

/*
 * Fills the network layer of @flow, which must be zero, from @skb. Returns where the transport
 * header is; NULL for a packet that is not IP, of which the flow tells the EtherType only.
 */
static __always_inline unsigned char *parse_network(const struct sk_buff *skb, union ip_start *start,
						    struct flow_record *flow)
{
	struct header_place place;
	unsigned char *at;

	read_header_place(skb, &place);
	/* One that names IP, and yet is none, is being made or taken apart. */
	if (place.protocol != ETH_P_IP && place.protocol != ETH_P_IPV6)
		flow->l3_protocol = place.protocol;
	at = ip_header(&place);
	/* Behind the headers of every packet lies more memory of its own; the shorter read is for what is no packet. */
	if (!at || (bpf_probe_read_kernel(start, sizeof(*start), at) && bpf_probe_read_kernel(start, IPV4_HLEN, at)))
		return NULL;
	if (start->bytes[0] >> 4 == 4)
		return parse_ipv4(at, &start->v4, flow);
	if (start->bytes[0] >> 4 == 6)
		return parse_ipv6(at, &start->v6, flow);
	return NULL;
}
