/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * Gives packets values by the kernel's own interface for tc programs, so that modules can be asked
 * for them. The numbers are those of scenarios/module-buffers.ts.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>

static long (*set_hash)(struct __sk_buff *skb, __u32 hash) = (void *)BPF_FUNC_set_hash;
static __u32 (*get_hash_recalc)(struct __sk_buff *skb) = (void *)BPF_FUNC_get_hash_recalc;
static long (*csum_level)(struct __sk_buff *skb, __u64 level) = (void *)BPF_FUNC_csum_level;

__attribute__((section("tc"), used)) int set_fields(struct __sk_buff *skb)
{
	/* The kernel refuses two of them written as one. */
	volatile struct __sk_buff *fields = skb;

	fields->mark = 0x11223344;
	fields->priority = 0x55667788;
	fields->queue_mapping = 0x123;
	set_hash(skb, 0x99aabbcc);
	/* From none to unnecessary, then two levels more. */
	csum_level(skb, BPF_CSUM_LEVEL_INC);
	csum_level(skb, BPF_CSUM_LEVEL_INC);
	csum_level(skb, BPF_CSUM_LEVEL_INC);
	return TC_ACT_OK;
}

/* The hash as this interface tells it, in the mark. */
__attribute__((section("tc-hash"), used)) int show_hash(struct __sk_buff *skb)
{
	skb->mark = get_hash_recalc(skb);
	return TC_ACT_OK;
}

__attribute__((section("license"), used)) char LICENSE[] = "Dual BSD/GPL";
