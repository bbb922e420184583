/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/* What ../gso.yaml shows, in C: the two give the same values. */
#include "ipftrace_module.h"

struct gso_values {
	__u32 len IPFTRACE("unit=bytes")
		IPFTRACE("description=Length of the packet, with the headers that are pulled in at this point.");
	__u16 gso_size IPFTRACE("unit=bytes")
		IPFTRACE("description=Payload of each segment; 0 for a packet that needs no cutting.");
	__u16 gso_segs IPFTRACE("description=Number of segments; TCP says 1 of a packet that needs no cutting.");
	__u32 gso_type IPFTRACE("flags=SKB_GSO_*") IPFTRACE("description=What is to be done for each segment.");
} IPFTRACE("description=Length of the packet and how generic segmentation offload (GSO) will cut it.");

int module_collect(struct sk_buff *skb, struct gso_values *values)
{
	struct skb_shared_info *shared = skb_shinfo(skb);

	values->len = BPF_CORE_READ(skb, len);
	values->gso_size = BPF_CORE_READ(shared, gso_size);
	values->gso_segs = BPF_CORE_READ(shared, gso_segs);
	values->gso_type = BPF_CORE_READ(shared, gso_type);
	return 1;
}
