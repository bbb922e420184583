/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/* The flow of a packet, in a function of its own: on_hit() has no stack to spare. */
#pragma once

#include "flow.h"

/* Fills @flow, which must be zero, from @skb; false for a packet that is not IP. */
static __noinline bool parse_flow(const struct sk_buff *skb, struct flow_record *flow)
{
	union ip_start start;
	unsigned char *at = parse_network(skb, &start, flow);

	if (at)
		parse_transport(at, &start, flow);
	return at;
}
