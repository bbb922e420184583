/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * Whether to follow a packet that is not followed yet: the one place that decides. The
 * conditions are asked in the order of their price, and those not given cost nothing.
 */
#pragma once

#include "filter.h"
#include "inject.h"
#include "module.h"
#include "pcap.h"

/* Written by user space from Filter.where_expression; 0: no match. */
INJECTED_IN_SIZES(where_matches, 2048, (const struct sk_buff *skb), "r"(skb))

/* An expression was given and nothing else, so that packets other than IPv4 and IPv6 match, too. */
const volatile __u8 follows_any_protocol = 0;

/* @flow is that of @skb where @is_ip says so. */
static __always_inline bool packet_matches(const struct sk_buff *skb, const struct flow_record *flow, bool is_ip)
{
	if (is_ip ? !filter_passes(skb, flow) : !follows_any_protocol)
		return false;
	if (IS_INJECTED(pcap_matches) && !pcap_holds(skb))
		return false;
	if (has_inner_pcap_matches && !inner_pcap_holds(skb))
		return false;
	if (IS_INJECTED(where_matches) && !CALL_INJECTED(where_matches, skb))
		return false;
	return !module_at || module_matches(skb);
}
