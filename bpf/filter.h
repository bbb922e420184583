/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * The tuple filter. Every setting is a constant to the verifier, so an unfiltered
 * trace pays for none of it.
 */
#pragma once

#include "filter_config.h"
#include "flow.h"

const volatile struct flow_filter filter = {};

static __always_inline bool in_prefix(const __u32 *address, const volatile __u32 *prefix,
				      const volatile __u32 *mask, int words)
{
	for (int i = 0; i < words; i++) {
		if (mask[i] && (address[i] & mask[i]) != prefix[i])
			return false;
	}
	return true;
}

/* Whether source and destination, in the order given, are those of the filter. */
static __always_inline bool endpoints_match(const struct flow_record *flow, const __u32 *source,
					    const __u32 *destination, __u16 source_port,
					    __u16 destination_port)
{
	if (filter.source_port && source_port != filter.source_port)
		return false;
	if (filter.destination_port && destination_port != filter.destination_port)
		return false;
	if (flow->l3_protocol == ETH_P_IP)
		return in_prefix(source, &filter.ipv4_source, &filter.ipv4_source_mask, 1) &&
		       in_prefix(destination, &filter.ipv4_destination, &filter.ipv4_destination_mask, 1);
	return in_prefix(source, filter.ipv6_source, filter.ipv6_source_mask, 4) &&
	       in_prefix(destination, filter.ipv6_destination, filter.ipv6_destination_mask, 4);
}

static __always_inline bool flow_matches(const struct flow_record *flow)
{
	if (filter.ip_version && flow->l3_protocol != (filter.ip_version == 4 ? ETH_P_IP : ETH_P_IPV6))
		return false;
	if (filter.has_l4_protocol && flow->l4_protocol != filter.l4_protocol)
		return false;
	if ((filter.source_port || filter.destination_port) &&
	    (!has_ports(flow->l4_protocol) || flow->flags & FLOW_LATER_FRAGMENT))
		return false;
	if (endpoints_match(flow, flow->source, flow->destination, flow->source_port, flow->destination_port))
		return true;
	return filter.both_directions && endpoints_match(flow, flow->destination, flow->source,
							 flow->destination_port, flow->source_port);
}
