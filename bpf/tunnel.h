/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/* Packets within packets: VXLAN, GENEVE, GRE, and IP in IP. */
#pragma once

#include "flow.h"

/* IANA protocol numbers; include/uapi/linux/in.h */
#define PROTO_IPIP 4
#define PROTO_IPV6 41
#define PROTO_GRE 47

/* Ports by which the tunnels over UDP are known. VXLAN: IANA's, and Linux' own from before. */
#define PORT_VXLAN 4789
#define PORT_VXLAN_LINUX 8472
#define PORT_GENEVE 6081
#define UDP_HLEN 8
#define VXLAN_HLEN 8
#define GENEVE_HLEN 8

/* GRE, RFC 2784 and 2890: bits of the first two bytes, and the field that each adds. */
#define GRE_CHECKSUM 0x8000
#define GRE_KEY 0x2000
#define GRE_SEQUENCE 0x1000
#define GRE_VERSION 0x0007
#define GRE_HLEN 4
#define GRE_FIELD 4

#define ETH_P_TEB 0x6558	/* a whole Ethernet frame; include/uapi/linux/if_ether.h */

enum view_layer {
	LAYER_NONE = 0,		/* nothing to look at */
	LAYER_ETHERNET = 1,	/* begins with an Ethernet header */
	LAYER_NETWORK = 2,	/* begins with the network header */
};

static __always_inline enum view_layer layer_of(__u16 protocol)
{
	if (protocol == ETH_P_TEB)
		return LAYER_ETHERNET;
	return protocol == ETH_P_IP || protocol == ETH_P_IPV6 ? LAYER_NETWORK : LAYER_NONE;
}

static __always_inline unsigned char *behind_gre(unsigned char *at, enum view_layer *layer)
{
	__be16 words[2] = {};	/* flags, protocol */
	__u16 flags;

	bpf_probe_read_kernel(words, sizeof(words), at);
	flags = bpf_ntohs(words[0]);
	if (flags & GRE_VERSION)
		return NULL;
	*layer = layer_of(bpf_ntohs(words[1]));
	at += GRE_HLEN;
	at += flags & GRE_CHECKSUM ? GRE_FIELD : 0;
	at += flags & GRE_KEY ? GRE_FIELD : 0;
	at += flags & GRE_SEQUENCE ? GRE_FIELD : 0;
	return at;
}

static __always_inline unsigned char *behind_udp(unsigned char *at, enum view_layer *layer)
{
	__be16 words[6] = {};	/* ports, length, checksum; then GENEVE's length of options, and protocol */
	__u16 port;

	bpf_probe_read_kernel(words, sizeof(words), at);
	port = bpf_ntohs(words[1]);
	*layer = LAYER_ETHERNET;
	if (port == PORT_VXLAN || port == PORT_VXLAN_LINUX)
		return at + UDP_HLEN + VXLAN_HLEN;
	if (port != PORT_GENEVE)
		return NULL;
	*layer = layer_of(bpf_ntohs(words[5]));
	/* RFC 8926 §3.4: six bits, in words of four bytes. */
	return at + UDP_HLEN + GENEVE_HLEN + (bpf_ntohs(words[4]) >> 8 & 0x3f) * 4;
}

/* Where the inner packet begins, given the transport header of the outer; NULL: there is none. */
static __always_inline unsigned char *behind_tunnel_header(unsigned char *at, __u8 protocol, enum view_layer *layer)
{
	*layer = LAYER_NETWORK;
	if (protocol == PROTO_IPIP || protocol == PROTO_IPV6)
		return at;
	if (protocol == PROTO_GRE)
		at = behind_gre(at, layer);
	else if (protocol == PROTO_UDP)
		at = behind_udp(at, layer);
	else
		return NULL;
	return *layer == LAYER_NONE ? NULL : at;
}
