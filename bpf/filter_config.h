/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * The tuple filter's settings, written into .rodata before load, so that the
 * verifier sees constants and removes every test that is not asked for.
 *
 * src/filter/flow-filter.ts writes this layout; test/bpf/layout.test.ts compares
 * it with the BTF of the built object.
 */
#pragma once

struct flow_filter {
	__u8 ip_version;		/* 4, 6; 0: both */
	__u8 both_directions;		/* 1: replies match, too */
	__u8 has_l4_protocol;		/* 1: l4_protocol must be equal (0 is a protocol) */
	__u8 l4_protocol;		/* IANA number */
	__u16 source_port;		/* host order; 0: any */
	__u16 destination_port;		/* host order; 0: any */
	__u32 ipv4_source;		/* network order, host bits zero */
	__u32 ipv4_source_mask;		/* network order; 0: any */
	__u32 ipv4_destination;
	__u32 ipv4_destination_mask;
	__u32 ipv6_source[4];		/* network order, host bits zero */
	__u32 ipv6_source_mask[4];	/* network order; all 0: any */
	__u32 ipv6_destination[4];
	__u32 ipv6_destination_mask[4];
};
_Static_assert(sizeof(struct flow_filter) == 88, "flow_filter moved: src/filter/flow-filter.ts reads it");
