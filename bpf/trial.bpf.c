/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * Programs that do nothing, under names of those in ipftrace.bpf.c that they stand for: with
 * them user space tries which backends this kernel allows, at a hundredth of the price.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("kprobe.multi")
int kprobe_multi(void *context)
{
	(void)context;
	return 0;
}

SEC("kprobe")
int kprobe_1(void *context)
{
	(void)context;
	return 0;
}

SEC("raw_tp")
int slot_00(void *context)
{
	(void)context;
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
