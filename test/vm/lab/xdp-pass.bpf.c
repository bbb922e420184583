/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/* Lets every packet pass: that it is there is enough for veth to copy packets into sk_buffs of its own. */
#include <linux/bpf.h>

__attribute__((section("xdp"), used)) int pass(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_PASS;
}

__attribute__((section("license"), used)) char LICENSE[] = "Dual BSD/GPL";
