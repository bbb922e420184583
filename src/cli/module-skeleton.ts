/** The source that `ipftrace module new` writes: it compiles as it is, and shows what a module can do. */

/** For a module of that name. */
export function skeleton(name: string): string {
  const struct = `${name.replace(/^(?=\d)/, "_").replaceAll("-", "_")}_values`;
  return `/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * A compiled module of ipftrace: what it shows of a packet at every function.
 *
 *   ipftrace module check ${name}.bpf.c
 *   ipftrace -m ${name}.bpf.c generic
 */
#include "ipftrace_module.h"

/* The fields, in the order in which they are shown. IPFTRACE() says what C cannot. */
struct ${struct} {
	__u32 len IPFTRACE("unit=bytes") IPFTRACE("description=Length of the packet.");
	__u32 mark IPFTRACE("hex") IPFTRACE("description=Mark of the packet.");
	__be16 protocol IPFTRACE("description=EtherType of the packet.");
	char dev[16] IPFTRACE("description=Interface that the packet is at.");
} IPFTRACE("description=Length, mark, protocol and interface.");

/* Returns 0 where a packet does not match: then it is not followed. @values is zero before. */
int module_collect(struct sk_buff *skb, struct ${struct} *values)
{
	struct net_device *dev = BPF_CORE_READ(skb, dev);

	values->len = BPF_CORE_READ(skb, len);
	values->mark = BPF_CORE_READ(skb, mark);
	values->protocol = BPF_CORE_READ(skb, protocol);
	if (dev)
		bpf_probe_read_kernel_str(values->dev, sizeof(values->dev), &dev->name);
	return 1;
}
`;
}
